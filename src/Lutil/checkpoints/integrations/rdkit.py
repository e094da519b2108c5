"""rdkit: molecules that are read in C++."""

from __future__ import annotations

__all__ = ["READERS"]

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
