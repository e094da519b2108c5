"""igraph: graphs that are read in C."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "igraph._igraph:GraphBase.Read_DIMACS": "f",
    "igraph._igraph:GraphBase.Read_DL": "f",
    "igraph._igraph:GraphBase.Read_Edgelist": "f",
    "igraph._igraph:GraphBase.Read_GraphDB": "f",
    "igraph._igraph:GraphBase.Read_GraphML": "f",
    "igraph._igraph:GraphBase.Read_GML": "f",
    "igraph._igraph:GraphBase.Read_Ncol": "f",
    "igraph._igraph:GraphBase.Read_Lgl": "f",
    "igraph._igraph:GraphBase.Read_Pajek": "f",
}
