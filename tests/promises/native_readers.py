"""Native readers of the field: what makes their files, and ways to read them. Each way gives `value` of the files."""

from __future__ import annotations

READERS = {
    "duckdb": (
        """
        import duckdb, pandas
        Path("x.csv").write_text(f"a\\n{value}\\n")
        Path("d").mkdir(exist_ok=True)
        Path("d/y.csv").write_text(f"a\\n{value}\\n")
        Path("x.json").write_text(f'[{{"a": {value}}}]')
        duckdb.sql("copy (select * from 'x.csv') to 'x.parquet'")
        with duckdb.connect("x.duckdb") as con:
            con.execute(f"create or replace table t as select {value} as a")
        """,
        {
            "a text": "duckdb.sql(\"select a from 'x.csv'\").fetchall()[0][0]",
            "a text that is put together": "duckdb.sql(f\"select a from read_csv('{source}')\").fetchall()[0][0]",
            "a list": "duckdb.sql(\"select sum(a) / 2 from read_csv(['x.csv', 'd/y.csv'])\").fetchall()[0][0]",
            "a pattern": "duckdb.sql(\"select a from 'd/*.csv'\").fetchall()[0][0]",
            "a name in quotes": "duckdb.query('select a from \"x.csv\"').fetchall()[0][0]",
            "a value of a statement": "duckdb.execute('select a from read_csv(?)', ['x.csv']).fetchall()[0][0]",
            "a variable": "_variable()",
            "a view": "_view()",
            "a macro": "_macro()",
            "a comment with a quote": "duckdb.sql(\"-- it's\\nselect a /* it's */ from 'x.csv'\").fetchall()[0][0]",
            "a connection of one's own": "duckdb.connect().execute(\"from 'x.parquet'\").fetchall()[0][0]",
            "a statement": "_statement()",
            "a reader": "duckdb.read_csv('x.csv').fetchall()[0][0]",
            "a method": "duckdb.connect().read_json('x.json').fetchall()[0][0]",
            "a database": "_database()",
            "a database that is attached": "_attached()",
            "a table that is filled": "_filled()",
            "what is written and read again": "_written()",
            "a frame of the caller": "_frame(frame)",
            "a frame of the caller of a method": "_frame_by_method(frame)",
            "a global frame": "duckdb.execute('select a from frame').fetchall()[0][0]",
        },
        """
        source = "x" + ".csv"
        frame = pandas.DataFrame({"a": [int(value)]})
        def _variable():
            con = duckdb.connect()
            con.execute("set variable f = 'x.csv'")
            return con.execute("select a from read_csv(getvariable('f'))").fetchall()[0][0]
        def _view():
            con = duckdb.connect()
            con.execute("create view v as select * from 'x.csv'")
            return con.sql("select a from v").fetchall()[0][0]
        def _macro():
            con = duckdb.connect()
            con.execute("create macro m(f) as table select * from read_csv(f)")
            return con.sql("select a from m('x.csv')").fetchall()[0][0]
        def _statement():
            con = duckdb.connect()
            return con.execute(con.extract_statements("select a from 'x.csv'")[0]).fetchall()[0][0]
        def _database():
            with duckdb.connect("x.duckdb", read_only=True) as con:
                return con.sql("select a from t").fetchall()[0][0]
        def _attached():
            con = duckdb.connect()
            con.execute("attach 'x.duckdb' as other (read_only)")
            return con.sql("select a from other.t").fetchall()[0][0]
        def _filled():
            con = duckdb.connect()
            con.execute("create table t(a int)")
            con.execute("copy t from 'x.csv'")
            return con.sql("select a from t").fetchall()[0][0]
        def _written():
            con = duckdb.connect()
            con.sql("copy (select * from 'x.csv') to 'out.csv'")
            return con.sql("select a from 'out.csv'").fetchall()[0][0]
        def _frame(given):
            here = given
            return duckdb.sql("select a from here").fetchall()[0][0]
        def _frame_by_method(given):
            here = given
            con = duckdb.connect()
            return con.execute("select a from here").fetchall()[0][0] + con.sql("select a - a from here").fetchall()[0][0]
        """,
    ),
    "lxml": (
        """
        from lxml import etree, html, objectify
        Path("x.xml").write_text(f"<a>{value}</a>")
        Path("x.html").write_text(f"<p>{value}</p>")
        Path("part.xml").write_text(f"<b>{value}</b>")
        head = '<a xmlns:xi="http://www.w3.org/2001/XInclude">'
        Path("whole.xml").write_text(head + '<xi:include href="part.xml"/></a>')
        Path("x.dtd").write_text(f'<!ENTITY e "{value}"><!ELEMENT a ANY>')
        Path("entity.xml").write_text('<!DOCTYPE a SYSTEM "x.dtd"><a>&e;</a>')
        Path("x.rng").write_text(
            f'<element name="a" xmlns="http://relaxng.org/ns/structure/1.0"><value>{value}</value></element>')
        xsl = '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
        Path("inner.xsl").write_text(xsl + f'<xsl:template match="/"><r>{value}</r></xsl:template></xsl:stylesheet>')
        Path("outer.xsl").write_text(xsl + '<xsl:include href="inner.xsl"/></xsl:stylesheet>')
        """,
        {
            "a file": "etree.parse('x.xml').getroot().text",
            "a page": "html.parse('x.html').getroot().text_content()",
            "objects": "objectify.parse('x.xml').getroot()",
            "step by step": "[one.text for _, one in etree.iterparse('x.xml')][0]",
            "an included file": "_included()",
            "an entity of a DTD": "etree.parse('entity.xml', etree.XMLParser(load_dtd=True)).getroot().text",
            "a DTD": "list(etree.DTD('x.dtd').iterentities())[0].content",
            "a schema": "2 - etree.RelaxNG(file='x.rng').validate(etree.fromstring('<a>1</a>'))",
            "a stylesheet": "etree.XSLT(etree.parse('outer.xsl'))(etree.fromstring('<a/>')).getroot().text",
        },
        """
        def _included():
            tree = etree.parse("whole.xml")
            tree.xinclude()
            return tree.getroot()[0].text
        """,
    ),
    "polars": (
        """
        import polars, io
        Path("x.csv").write_text(f"a\\n{value}\\n")
        polars.DataFrame({"a": [int(value)]}).write_parquet("x.parquet")
        polars.DataFrame({"a": [int(value)]}).serialize("x.bin")
        polars.DataFrame({"a": [int(value)]}).lazy().serialize("lazy.bin")
        """,
        {
            "a text": "polars.sql(\"select a from read_csv('x.csv')\").collect().item()",
            "a context": "polars.SQLContext().execute(\"select a from read_parquet('x.parquet')\").collect().item()",
            "a frame that is read back": "polars.DataFrame.deserialize('x.bin').item()",
            "a plan that is read back": "polars.LazyFrame.deserialize('lazy.bin').collect().item()",
        },
        "",
    ),
    "tokenizers": (
        """
        from tokenizers import Tokenizer, models
        Tokenizer(models.WordLevel({"a": int(value), "?": 0}, "?")).save("x.json")
        Path("vocab.json").write_text(f'{{"a": {value}}}')
        Path("merges.txt").write_text("")
        """,
        {
            "a file": "Tokenizer.from_file('x.json').get_vocab()['a']",
            "a model": "Tokenizer(models.BPE.from_file('vocab.json', 'merges.txt')).get_vocab()['a']",
            "parts of a model": "models.BPE.read_file('vocab.json', 'merges.txt')[0]['a']",
        },
        "",
    ),
    "xgboost": (
        """
        import numpy, xgboost
        model = xgboost.train({"base_score": int(value), "max_depth": 1},
                              xgboost.DMatrix(numpy.zeros((2, 1)), numpy.zeros(2)), 0)
        model.save_model("x.ubj")
        """,
        {"a model": "round(float(_model().predict(data)[0]))", "a model that is made": "_attribute()"},
        """
        data = xgboost.DMatrix(numpy.zeros((2, 1)))
        def _model():
            model = xgboost.Booster()
            model.load_model("x.ubj")
            return model
        def _attribute():
            return round(float(xgboost.Booster(model_file="x.ubj").predict(data)[0]))
        """,
    ),
    "lightgbm": (
        """
        import lightgbm
        Path("x.csv").write_text("".join(f"{value},{n}\\n" for n in range(50)))
        """,
        {"data": "int(lightgbm.Dataset('x.csv', params={'verbose': -1}).construct().get_label()[0])"},
        "",
    ),
}
"""By library: what makes the files, the ways to read them, and helpers of those."""

WILD = {
    "pysam": (
        """
        import pysam
        Path("x.fa").write_text(f">one\\n{'A' * int(value)}\\n")
        with pysam.AlignmentFile("x.bam", "wb", header={"SQ": [{"SN": "one", "LN": int(value)}]}):
            pass
        pysam.faidx("x.fa")
        """,
        {
            "sequences": "len(pysam.FastaFile('x.fa').fetch('one'))",
            "sequences in order": "len(next(iter(pysam.FastxFile('x.fa'))).sequence)",
            "alignments": "pysam.AlignmentFile('x.bam', check_sq=False).lengths[0]",
            "a name of one's own": "len(FastaFile(filename='x.fa').fetch('one'))",
        },
        "from pysam import FastaFile",
    ),
    "rdkit": (
        """
        from rdkit import Chem
        molecule = Chem.MolFromSmiles("C" * int(value))
        Path("x.mol").write_text(Chem.MolToMolBlock(molecule))
        with Chem.SDWriter("x.sdf") as writer:
            writer.write(molecule)
        Path("x.smi").write_text("C" * int(value) + " name\\n")
        """,
        {
            "a molecule": "Chem.MolFromMolFile('x.mol').GetNumAtoms()",
            "molecules": "next(iter(Chem.SDMolSupplier('x.sdf'))).GetNumAtoms()",
            "lines": "Chem.SmilesMolSupplier('x.smi', titleLine=False)[0].GetNumAtoms()",
        },
        "",
    ),
    "sentencepiece": (
        """
        import sentencepiece
        Path("x.txt").write_text("".join(f"{chr(97 + n % 26)}{chr(97 + n % 7)} b{n}\\n" for n in range(300)))
        sentencepiece.SentencePieceTrainer.train(
            input="x.txt", model_prefix="m", vocab_size=80 + int(value), minloglevel=2)
        """,
        {
            "a model": "sentencepiece.SentencePieceProcessor(model_file='m.model').vocab_size() - 80",
            "a model that is loaded": "_loaded().vocab_size() - 80",
        },
        """
        def _loaded():
            model = sentencepiece.SentencePieceProcessor()
            model.Load("m.model")
            return model
        """,
    ),
    "igraph": (
        """
        import igraph
        igraph.Graph.Full(int(value)).write_graphml("x.graphml")
        Path("x.txt").write_text("".join(f"0 {n}\\n" for n in range(1, int(value))))
        """,
        {
            "a graph": "igraph.Graph.Read_GraphML('x.graphml').vcount()",
            "a graph of any kind": "igraph.Graph.Read('x.graphml').vcount()",
            "a graph by its format": "igraph.Graph.Load('x.graphml', format='graphml').vcount()",
        },
        "",
    ),
    "netCDF4": (
        """
        import netCDF4
        with netCDF4.Dataset("x.nc", "w") as made:
            made.a = int(value)
        """,
        {"a file": "int(netCDF4.Dataset('x.nc').a)", "a mode": "int(netCDF4.Dataset('x.nc', mode='r').a)"},
        "",
    ),
    "pyogrio": (
        """
        import geopandas, pyogrio, shapely
        made = geopandas.GeoDataFrame({"a": [int(value)]}, geometry=[shapely.Point(0, 0)], crs=4326)
        made.to_file("x.shp")
        made.to_file("x.gpkg")
        """,
        {
            "a shapefile": "int(geopandas.read_file('x.shp')['a'][0])",
            "what is beside it": "int(pyogrio.read_dataframe('x.shp', read_geometry=False)['a'][0])",
            "layers": "int(pyogrio.read_dataframe('x.gpkg')['a'][0])",
        },
        "",
    ),
    "torch": (
        """
        import torch
        class Plus(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.a = torch.nn.Parameter(torch.tensor(float(value)))
            def forward(self, x):
                return x + self.a
        torch.jit.save(torch.jit.script(Plus()), "x.pt")
        torch.save({"a": float(value)}, "y.pt")
        """,
        {"a script": "int(torch.jit.load('x.pt')(torch.zeros(1))[0])", "a file": "int(torch.load('y.pt')['a'])"},
        "",
    ),
    "spacy": (
        """
        import spacy
        nlp = spacy.blank("en")
        nlp.meta["a"] = int(value)
        nlp.to_disk("x")
        """,
        {"a pipeline": "spacy.load('x').meta['a']"},
        "",
    ),
    "zarr": (
        """
        import numpy, shutil, zarr
        shutil.rmtree("x.zarr", ignore_errors=True)
        zarr.save("x.zarr", numpy.array([int(value)]))
        """,
        {"an array": "int(zarr.load('x.zarr')[0])"},
        "",
    ),
}

NET = {
    "ctypes": (
        """
        import ctypes, polars
        Path("d").mkdir(exist_ok=True)
        Path("x.txt").write_text(value)
        Path("d/y.txt").write_text(value)
        """,
        {
            "a file": "_read('x.txt')",
            "a file in a folder": "_read('d/y.txt')",
            "a folder that is listed": "_read(str(next(Path('d').iterdir())))",
            "a path that is put together": "_read('d' + os.sep + 'y' + '.txt')",
            "an address that is made": "_read(str(Path('d').absolute() / 'y.txt'))",
        },
        """
        libc = ctypes.CDLL(None)
        def _read(path):
            buffer = ctypes.create_string_buffer(9)
            file = libc.open(os.fsencode(path), 0)
            libc.read(file, buffer, 9)
            libc.close(file)
            return buffer.value.decode()
        """,
    ),
    "lxml": (
        """
        from lxml import etree
        Path("part.xml").write_text(f"<b>{value}</b>")
        """,
        {"an included file of a text": "_included()"},
        """
        def _included():
            text = '<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="part.xml"/></a>'
            tree = etree.fromstring(text).getroottree()
            tree.xinclude()
            return tree.getroot()[0].text
        """,
    ),
    "duckdb": (
        """
        import duckdb
        Path("x.csv").write_text(f"a\\n{value}\\n")
        """,
        {"a view that was there before": "before.sql('select a from v').fetchall()[0][0]"},
        """
        before = duckdb.connect()
        before.execute("create view v as select * from 'x.csv'")
        """,
    ),
    "pyarrow": (
        """
        import pyarrow, pyarrow.fs
        Path("x.txt").write_text(value)
        """,
        {"a file system": "pyarrow.fs.LocalFileSystem().open_input_file('x.txt').read().decode()"},
        "",
    ),
    "sqlite3": (
        """
        import polars, sqlite3
        con = sqlite3.connect("x.db")
        con.executescript(f"drop table if exists t; create table t as select {value} as a")
        con.close()
        """,
        {"a database that is attached": "_attached()"},
        """
        def _attached():
            con = sqlite3.connect(":memory:")
            con.execute("attach 'x.db' as other")
            found = con.execute("select a from other.t").fetchone()[0]
            con.close()
            return found
        """,
    ),
}
"""What no table tells of, and the kernel does."""
