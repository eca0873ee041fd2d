"""Raw data of the demo company: one module a source system, each a pure function of the same seeded world."""
