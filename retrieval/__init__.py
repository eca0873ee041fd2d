"""Finds assets: text analysis, index generations, ranking and entity linking over plain records.

Owns everything between a list of `Document`s and a ranked, explained list of results. Touches only the generation
folder, the model folder and the vector store it is given. Never reads the environment, never opens the catalog store,
never goes to the network. Importing this package loads neither torch nor chromadb nor a model.
"""
