"""rdkit: molecules with the properties that somebody put on them, which their own pickles leave out."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["COMPARED", "READERS", "STORED"]

_KEPT = ("MolProps", "AtomProps", "BondProps", "QueryAtomData", "PrivateProps", "CoordsAsDouble")
"""All but `ComputedProps`: those are memos of what somebody has asked of the molecule."""


def _to_binary(molecule: Any) -> tuple[type, bytes]:
    options = sys.modules["rdkit.Chem.rdchem"].PropertyPickleOptions
    flags = 0
    for name in _KEPT:
        flags |= int(getattr(options, name, 0))
    return type(molecule), molecule.ToBinary(flags)


def _from_binary(state: tuple[type, bytes]) -> Any:
    cls, data = state
    return cls(data)


COMPARED = {"rdkit.Chem.rdchem.Mol": _to_binary}
STORED = {
    "rdkit.Chem.rdchem.Mol": (_to_binary, _from_binary),
    "rdkit.Chem.rdchem.RWMol": (_to_binary, _from_binary),
}


_FILE = "molFileName|fileName|filename|fname|pngFileName|tplFilename"
_MOLECULES = """
    MolFromMolFile MolFromMol2File MolFromMrvFile MolFromPDBFile MolFromPNGFile MolFromSCSRFile MolFromTPLFile
    MolFromXYZFile MolsFromPNGFile MolsFromCDXMLFile MolMetadataToPNGFile MetadataFromPNGFile ParseMolQueryDefFile
    SDMolSupplier.__init__ SmilesMolSupplier.__init__ TDTMolSupplier.__init__ MaeMolSupplier.__init__
    MultithreadedSDMolSupplier.__init__ MultithreadedSmilesMolSupplier.__init__
""".split()  # noqa: SIM905  # names read best as words in lines

READERS = {
    **{f"rdkit.Chem:{name}": _FILE for name in _MOLECULES},
    **{f"rdkit.Chem.AllChem:{name}": _FILE for name in _MOLECULES if "." not in name},
}
