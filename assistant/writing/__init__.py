"""Writing: claims put in order and joined by a model, every sentence checked by code before a person sees it."""
