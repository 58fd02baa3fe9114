"""Stand-ins for the services that take messages: they speak their protocols, and refuse what those would refuse."""
