"""What the collector on each host makes of container logs: lines to records, with a name, a level and their fields."""
