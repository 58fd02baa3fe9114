"""Who is told about alerts, when and in which words: pure data from settings, for every evaluator of alerts."""
