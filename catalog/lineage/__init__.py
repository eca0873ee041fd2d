"""The lineage graph: what comes from what, at asset and column level, walked in memory within bounds.

Works on node numbers and arrays; `Names` says which URN is which node. Owns the graph, its walks, paths, cycles and
files; never reads the catalog and never decides who may see what: a Lens brings that decision as a mask.
"""

from catalog.lineage.graph import Direction, Edges, Graph, build, edges
from catalog.lineage.labels import BASES, FLOW, HOWS, INFLUENCE, Label, edge_filter, pack, unpack
from catalog.lineage.names import Names, pack_names, repacked
from catalog.lineage.pages import Question, Reached, WalkPage, walk_page
from catalog.lineage.paths import Path, Paths, paths
from catalog.lineage.store import load, save
from catalog.lineage.structure import Cycles, cycles, levels
from catalog.lineage.sweep import EVERYTHING, Lens, within
from catalog.lineage.walk import EdgePage, Page, Position, Walk, edges_among, tally, walk

__all__ = [
    "BASES",
    "EVERYTHING",
    "FLOW",
    "HOWS",
    "INFLUENCE",
    "Cycles",
    "Direction",
    "EdgePage",
    "Edges",
    "Graph",
    "Label",
    "Lens",
    "Names",
    "Page",
    "Path",
    "Paths",
    "Position",
    "Question",
    "Reached",
    "Walk",
    "WalkPage",
    "build",
    "cycles",
    "edge_filter",
    "edges",
    "edges_among",
    "levels",
    "load",
    "pack",
    "pack_names",
    "paths",
    "repacked",
    "save",
    "tally",
    "unpack",
    "walk",
    "walk_page",
    "within",
]
