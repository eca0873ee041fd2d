"""The language model: configured, budgeted, timed, broken off. It plans and phrases; it never supplies a fact."""
