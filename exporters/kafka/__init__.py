"""Kafka metrics under the names of danielqsj/kafka_exporter, with its options, from Confluent's client."""
