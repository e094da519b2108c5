"""Numbers with units, symbols, statistics, geometry, graphs, chemistry."""

from values import library

library(
    "scipy",
    """
import numpy as np, scipy.sparse as sp, scipy.stats as st, scipy.interpolate as si, scipy.spatial as ss
from scipy.spatial.transform import Rotation
from scipy.optimize import OptimizeResult, Bounds, LinearConstraint
def show(v):
    if hasattr(v, 'toarray'): return (v.format, repr(v.toarray()))
    if hasattr(v, 'cdf') and hasattr(v, 'mean'): return repr([float(v.cdf(0.3)), float(v.mean())])
    if hasattr(v, 'query'): return repr(v.query([[0.1, 0.2]]))
    if callable(v): return repr(v([0.5]))
    return repr(v.as_quat()) if hasattr(v, 'as_quat') else repr(vars(v) if hasattr(v, '__dict__') else v)
def look(v): show(v)
""",
    """
sp.csr_array(np.eye(3)) | sp.csr_array(2 * np.eye(3)) | sp.csc_array(np.eye(3)) | sp.coo_array(np.eye(3)) | sp.csr_matrix(np.eye(3))
st.norm(0, 1) | st.norm(0, 2) | st.gamma(2) | st.gamma(3)
st.Normal(mu=1.0, sigma=2.0) | st.Normal(mu=1.0, sigma=3.0)
st.multivariate_normal([0.0, 0.0]).mean | st.multivariate_normal([0.0, 1.0]).mean
st.gaussian_kde([1.0, 2, 4]) | st.gaussian_kde([1.0, 2, 5])
st.rv_histogram(np.histogram([1, 2, 2, 3])) | st.rv_histogram(np.histogram([1, 2, 3, 3]))
si.CubicSpline([0, 1, 2], [0, 1, 4]) | si.CubicSpline([0, 1, 2], [0, 1, 5])
si.interp1d([0, 1, 2], [0, 1, 4]) | si.interp1d([0, 1, 2], [0, 1, 5]) | si.interp1d([0, 1, 2], [0, 1, 4], kind='nearest')
si.RegularGridInterpolator(([0, 1],), [0.0, 1]) | si.RegularGridInterpolator(([0, 1],), [0.0, 2])
ss.cKDTree([[0.0, 1], [2, 3]]) | ss.cKDTree([[0.0, 1], [2, 4]]) | ss.KDTree([[0.0, 1], [2, 3]])
Rotation.from_euler('z', 90, degrees=True) | Rotation.from_euler('z', 91, degrees=True)
Bounds([0], [1]) | Bounds([0], [2]) | LinearConstraint([[1]], 0, 1)
OptimizeResult(x=1) | OptimizeResult(x=2)
""",
    imports="scipy.stats",
    # A copy has a random stream of its own, where these draw from the stream of the process.
    lossy=(
        *("st.norm(0, 1)", "st.norm(0, 2)", "st.gamma(2)", "st.gamma(3)"),
        *("st.Normal(mu=1.0, sigma=2.0)", "st.Normal(mu=1.0, sigma=3.0)"),  # a copy is of another class
        *("st.rv_histogram(np.histogram([1, 2, 2, 3]))", "st.rv_histogram(np.histogram([1, 2, 3, 3]))"),
    ),
)

library(
    "sympy",
    """
import sympy as sp
x, y = sp.symbols('x y')
f = sp.Function('f')
def show(v): return sp.srepr(v) + str(getattr(v, 'domain', ''))
def look(v): sp.simplify(v); v.free_symbols; v.is_positive
""",
    """
x**2 + 1 | x**2 + 2 | y**2 + 1 | sp.Symbol('x', positive=True)**2 + 1
f(x) | sp.Function('f', real=True)(x) | f(y) | sp.Function('g')(x) | f(x).diff(x)
sp.Poly(x**2 + 1, x) | sp.Poly(x**2 + 1, x, modulus=2) | sp.Poly(x**2 + 1, x, y) | sp.Poly(x**2 + 1, x, domain='QQ')
f | sp.Function('f', real=True) | sp.Function('g')
sp.ring('a', sp.QQ)[1] | sp.ring('a', sp.ZZ)[1] | sp.ring('a', sp.QQ)[1]**2 | sp.ring('b', sp.QQ)[1] | sp.field('a', sp.QQ)[1] | sp.field('a', sp.QQ)[1]**-1
sp.ring('a b', sp.QQ)[0] | sp.ring('a b', sp.QQ, 'grlex')[0] | sp.field('a', sp.QQ)[0] | sp.field('a', sp.ZZ)[0] | sp.QQ[x] | sp.QQ.frac_field(x) | sp.QQ.algebraic_field(sp.sqrt(2)) | sp.QQ.algebraic_field(sp.sqrt(3))
sp.Matrix([[x, 1]]) | sp.Matrix([[x, 2]]) | sp.ImmutableMatrix([[x, 1]])
sp.Eq(x, 1) | sp.Eq(x, 2) | sp.Piecewise((x, x > 0), (0, True)) | sp.Piecewise((x, x > 1), (0, True))
sp.Integer(1) | sp.Float(1) | sp.Rational(1, 2) | sp.pi | sp.oo
sp.Interval(0, 1) | sp.Interval.open(0, 1) | sp.FiniteSet(1, 2) | sp.FiniteSet(1, 3)
sp.Lambda(x, x + 1) | sp.Lambda(x, x + 2)
""",
)

library(
    "astropy",
    """
import numpy as np, astropy.units as u
from astropy.time import Time
from astropy.coordinates import SkyCoord
from astropy.table import Table, QTable
from astropy.modeling import models
from astropy.cosmology import FlatLambdaCDM
def look(v): u.Quantity(v); v.unit; v.to(u.km)
""",
    """
1 * u.m | 2 * u.m | 1 * u.km | 1.0 * u.s
np.arange(3) * u.m | np.arange(3) * u.km
u.m | u.km | u.m / u.s | u.Unit('erg') | u.mag
Time('2020-01-01') | Time('2020-01-02') | Time('2020-01-01', scale='tai')
SkyCoord(1 * u.deg, 2 * u.deg) | SkyCoord(1 * u.deg, 3 * u.deg) | SkyCoord(1 * u.deg, 2 * u.deg, frame='galactic')
Table({'a': [1]}) | Table({'a': [2]}) | QTable({'a': [1] * u.m}) | Table({'a': [1]}, meta={'k': 1})
models.Gaussian1D(1, 2, 3) | models.Gaussian1D(1, 2, 4)
FlatLambdaCDM(70, 0.3) | FlatLambdaCDM(71, 0.3)
""",
    imports="astropy.cosmology",
)

library(
    "unyt",
    "import unyt, numpy as np",
    """
unyt.unyt_quantity(1, 'm') | unyt.unyt_quantity(2, 'm') | unyt.unyt_quantity(1, 'km')
unyt.unyt_array([1, 2], 'm') | unyt.unyt_array([1, 2], 'km')
[1 * unyt.m, 2 * unyt.m] | [1 * unyt.m, 3 * unyt.m]
unyt.Unit('m/s') | unyt.Unit('km/s')
""",
)

library(
    "pint",
    """
import pint
ureg = pint.UnitRegistry()
pint.set_application_registry(ureg)
def defined(*definitions, **options):
    made = pint.UnitRegistry(**options)
    for one in definitions: made.define(one)
    return made
foo, longer, imperial = defined('foo = 3 m'), defined('foo = 4 m'), defined(system='imperial')
def look(v): v.dimensionality; v.to_base_units()
""",
    """
ureg.Quantity(1, 'm') | ureg.Quantity(2, 'm') | ureg.Quantity(1, 'km')
ureg.Quantity([1.0, 2.0], 'm') | ureg.Quantity([1.0, 2.0], 's')
ureg.Unit('m') | ureg.Unit('s') | ureg.Unit('m/s')
ureg.Quantity(1, 'm') | foo.Quantity(1, 'm') | longer.Quantity(1, 'm') | imperial.Quantity(1, 'm')
ureg.Measurement(1, 0.1, 'm') if hasattr(ureg, 'Measurement') and __import__('uncertainties') else 0
""",
    packages="pint uncertainties",
)

library(
    "uncertainties",
    """
from uncertainties import ufloat, correlated_values
def show(v): return (v.n, v.s, str(v))
""",
    """
ufloat(1, 0.1) | ufloat(1, 0.2) | ufloat(2, 0.1) | ufloat(1, 0.1, 'a')
ufloat(1, 0.1) * 2 | ufloat(1, 0.1) * 3
""",
)

library(
    "networkx",
    """
import networkx as nx
def graph(*edges, kind=nx.Graph, **attrs):
    made = kind(**attrs); made.add_edges_from(edges); return made
def show(v): return (type(v).__name__, list(v.nodes(data=True)), list(v.edges(data=True)), v.graph)
def look(v): v.adj; v.degree; nx.density(v); list(v.edges); v.nodes
""",
    """
graph((1, 2), (2, 3)) | graph((1, 2), (2, 4)) | graph((1, 2), (2, 3), kind=nx.DiGraph) | graph((1, 2), (2, 3), name='g')
nx.grid_2d_graph(3, 3) | nx.grid_2d_graph(3, 4)
nx.path_graph(3, create_using=nx.MultiGraph) | nx.path_graph(4, create_using=nx.MultiGraph)
graph((1, 2, {'w': 1})) | graph((1, 2, {'w': 2}))
""",
)

library(
    "igraph",
    """
import igraph as ig
def show(v): return (v.get_edgelist(), v.vs.attributes(), v.is_directed())
""",
    """
ig.Graph([(0, 1), (1, 2)]) | ig.Graph([(0, 1), (0, 2)]) | ig.Graph([(0, 1), (1, 2)], directed=True)
ig.Graph.Ring(4) | ig.Graph.Ring(5)
""",
)

library(
    "shapely",
    "import shapely\nfrom shapely.geometry import Point, Polygon, LineString, MultiPoint, box\ndef look(v): v.area; v.bounds; v.is_valid; shapely.prepare(v)",
    """
Point(0, 1) | Point(0, 2) | Point(0, 1, 2)
box(0, 0, 1, 1) | box(0, 0, 1, 2) | box(0, 0, 1, 1).exterior
LineString([(0, 0), (1, 1)]) | LineString([(1, 1), (0, 0)]) | MultiPoint([(0, 0)])
shapely.set_srid(Point(0, 1), 4326) | shapely.set_srid(Point(0, 1), 3857)
shapely.set_precision(Point(0, 1), 0.5) | shapely.set_precision(Point(0, 1), 1.0) | shapely.set_precision(LineString([(0, 0), (1, 1)]), 1.0)
shapely.STRtree([Point(0, 1)]).geometries | shapely.STRtree([Point(0, 2)]).geometries
""",
    # A copy has lost the precision.
    lossy=(
        "shapely.set_precision(Point(0, 1), 0.5)",
        "shapely.set_precision(Point(0, 1), 1.0)",
        "shapely.set_precision(LineString([(0, 0), (1, 1)]), 1.0)",
    ),
)

library(
    "geopandas",
    """
import geopandas as gpd
from shapely.geometry import Point
def look(v): v.total_bounds; v.sindex; v.area
""",
    """
gpd.GeoDataFrame({'a': [1]}, geometry=[Point(0, 1)]) | gpd.GeoDataFrame({'a': [1]}, geometry=[Point(0, 2)]) | gpd.GeoDataFrame({'a': [1]}, geometry=[Point(0, 1)], crs=4326)
gpd.GeoSeries([Point(0, 1)]) | gpd.GeoSeries([Point(0, 1)], crs=3857)
""",
)

library(
    "pyproj",
    "import pyproj",
    """
pyproj.CRS(4326) | pyproj.CRS(3857)
pyproj.Geod(ellps='WGS84') | pyproj.Geod(ellps='GRS80')
""",
)

library(
    "trimesh",
    """
import trimesh
def show(v): return (v.vertices.tolist(), v.faces.tolist(), sorted(v.metadata))
def look(v): v.area; v.volume; v.is_watertight; v.bounds
""",
    """
trimesh.creation.box() | trimesh.creation.box([1, 1, 2])
trimesh.Trimesh([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]]) | trimesh.Trimesh([[0, 0, 0], [1, 0, 0], [0, 2, 0]], [[0, 1, 2]])
""",
)

library(
    "rdkit",
    """
from rdkit import Chem
from rdkit.Chem import AllChem, Descriptors
def mol(smiles, **props):
    made = Chem.MolFromSmiles(smiles)
    for name, text in props.items(): made.SetProp(name, text)
    return made
def show(v): return (Chem.MolToSmiles(v), v.GetPropsAsDict()) if hasattr(v, 'GetPropsAsDict') else list(v)
def look(v): Descriptors.MolWt(v); Chem.MolToSmiles(v); v.GetNumAtoms()
""",
    """
mol('CCO') | mol('CCN') | mol('CCO', _Name='a') | mol('CCO', name='b')
AllChem.GetMorganFingerprintAsBitVect(mol('CCO'), 2, 64) | AllChem.GetMorganFingerprintAsBitVect(mol('CCN'), 2, 64)
""",
    lossy=("mol('CCO', _Name='a')", "mol('CCO', name='b')"),
)

library(
    "statsmodels",
    """
import numpy as np, pandas as pd, statsmodels.api as sm, statsmodels.formula.api as smf
x = np.arange(20.0); y = 2 * x + np.sin(x)
table = pd.DataFrame({'x': x, 'y': y})
def show(v): return repr(np.asarray(v.params).round(8)) if hasattr(v, 'params') else told(v)
def look(v): v.summary(); v.resid; v.bse; v.predict()
""",
    """
sm.OLS(y, sm.add_constant(x)).fit() | sm.OLS(y + 1, sm.add_constant(x)).fit()
smf.ols('y ~ x', table).fit() | smf.ols('y ~ x + np.log1p(x)', table).fit()
sm.GLM(y, sm.add_constant(x)).fit() | sm.GLM(y + 1, sm.add_constant(x)).fit()
sm.tsa.SARIMAX(y, order=(1, 0, 0)).fit(disp=False) | sm.tsa.SARIMAX(y + np.cos(x), order=(1, 0, 0)).fit(disp=False)
sm.families.Poisson() | sm.families.Gaussian()
""",
    imports="statsmodels.api",
)

library(
    "lmfit",
    """
import lmfit, numpy as np
def parameters(**values):
    made = lmfit.Parameters()
    for name, value in values.items(): made.add(name, **(dict(expr=value) if isinstance(value, str) else dict(value=value)))
    return made
line = np.arange(5.0)
def fitted(y): return lmfit.models.LinearModel().fit(y, x=line, slope=1, intercept=0)
def show(v): return repr(getattr(v, 'best_values', v))
def look(v): list(v.items()) if isinstance(v, dict) else v.fit_report()
""",
    """
parameters(a=1, b='2 * a') | parameters(a=2.0, b='2 * a') | parameters(a=1.0, b='3 * a') | parameters(a=1.0)
fitted(2 * line) | fitted(3 * line + 1)
""",
    lossy=("parameters(a=1, b='2 * a')",),
)

library(
    "skimage",
    """
import numpy as np
from skimage import transform, measure, data
square = np.zeros((8, 8), int); square[2:5, 2:5] = 1
def show(v): return repr(getattr(v, 'bbox', getattr(v, 'params', v)))
def look(v): v.area, v.centroid
""",
    """
transform.AffineTransform(scale=2) | transform.AffineTransform(scale=3) | transform.SimilarityTransform(scale=2)
measure.label(square) | measure.label(1 - square)
measure.regionprops(square)[0].bbox | measure.regionprops(1 - square)[0].bbox
measure.regionprops(square)[0] | measure.regionprops(1 - square)[0]
""",
    packages="scikit-image",
)

library(
    "netCDF4",
    """
import netCDF4, numpy as np
def read(scale, path='values.nc'):
    with netCDF4.Dataset(path, 'w') as file:
        file.createDimension('x', 3); file.createVariable('a', 'f8', ('x',))[:] = np.arange(3.0) * scale
    with netCDF4.Dataset(path) as file:
        return file['a'][:].data
""",
    "read(1) | read(2)",
)

library(
    "cvxpy",
    """
import cvxpy as cp
def problem(bound):
    x = cp.Variable(2, name='x')
    return cp.Problem(cp.Minimize(cp.sum_squares(x)), [x >= bound])
""",
    """
problem(1) | problem(2)
cp.Parameter(2, value=[1, 2]) | cp.Parameter(2, value=[1, 3])
""",
    lossy=("cp.Parameter(2, value=[1, 2])", "cp.Parameter(2, value=[1, 3])"),  # a copy keeps the name of the original
)

library(
    "formulaic",
    "import formulaic, pandas as pd",
    """
formulaic.Formula('y ~ x') | formulaic.Formula('y ~ z')
formulaic.model_matrix('x', pd.DataFrame({'x': [1, 2]})) | formulaic.model_matrix('x', pd.DataFrame({'x': [1, 3]}))
""",
)
