"""The commands, a file a group. Each parses, calls the Docent object and prints; heavy imports wait for their use."""
