"""Settings of libraries: those that decide what a library's functions give count where such a library is reached."""

from programs import table

COUNTS = table(
    "recompute",
    r"""
== the precision of decimals
-- # set --> decimal.getcontext().prec = 5
import decimal
# set
def g(x): return decimal.Decimal(x) / 7
@@ g(x)

== the rounding of decimals, in a helper's module
-- # set --> decimal.getcontext().rounding = 'ROUND_DOWN'
import decimal
from helpers import g
# set
@@ g(x)
#: helpers.py
from decimal import Decimal
def g(x): return Decimal(2) / x

== the locale
-- # set --> locale.setlocale(locale.LC_NUMERIC, 'C.UTF-8')
-- silent
import locale
# set
def g(x): return locale.format_string('%d', x)
@@ g(x)

== an option of pandas that changes types
-- # set --> pd.options.mode.string_storage = 'python'
-- needs: pandas
import pandas as pd
# set
def g(x): return pd.Series(['a', 'b'], dtype='string').dtype.storage
@@ g(x)

== an option of pandas, met in an argument only
-- # set --> pd.options.mode.string_storage = 'python'
-- needs: pandas
-- silent
import pandas as pd
# set
@checkpoint
def f(t):
    print("ran")
    return len(t)
print(f(pd.DataFrame({'a': [1]})))

== the configuration of scikit-learn
-- # set --> sklearn.set_config(transform_output='pandas')
-- needs: sklearn
import sklearn, numpy as np
from sklearn.preprocessing import StandardScaler
# set
def g(x): return type(StandardScaler().fit_transform(np.ones((3, 1)))).__name__
@@ g(x)

== the configuration of scikit-learn, of an estimator as argument
-- # set --> sklearn.set_config(transform_output='pandas')
-- needs: sklearn
import sklearn, numpy as np
from sklearn.preprocessing import StandardScaler
# set
@checkpoint
def f(s, x):
    print("ran")
    return type(s.fit_transform(x)).__name__
print(f(StandardScaler(), np.ones((3, 1))))

== the default type of torch
-- # set --> torch.set_default_dtype(torch.float64)
import sys
sys.path.insert(0, 'lib/site-packages')
import torch
# set
def g(x): return torch.ones(x)
@@ g(x)
#: lib/site-packages/torch/__init__.py
float32, float64 = 'torch.float32', 'torch.float64'
_kept = [float32, True, False, 'highest']
def get_default_dtype(): return _kept[0]
def set_default_dtype(x): _kept[0] = x
def is_grad_enabled(): return _kept[1]
def set_grad_enabled(x): _kept[1] = x
def are_deterministic_algorithms_enabled(): return _kept[2]
def use_deterministic_algorithms(x): _kept[2] = x
def get_float32_matmul_precision(): return _kept[3]
def set_float32_matmul_precision(x): _kept[3] = x
def ones(n): return [_kept[0]] * n

== a setting of torch that the computation itself leaves behind
-- float64) --> float16)
-- runs: 2
import sys
sys.path.insert(0, 'lib/site-packages')
import torch
@checkpoint
def f(x):
    print("ran")
    torch.set_default_dtype(torch.float64)
    return x
print(f(3), torch.ones(1), f(3), torch.ones(1), f(3))
#: lib/site-packages/torch/__init__.py
float16, float32, float64 = 'torch.float16', 'torch.float32', 'torch.float64'
_kept = [float32]
def get_default_dtype(): return _kept[0]
def set_default_dtype(x): _kept[0] = x
def is_grad_enabled(): return True
def are_deterministic_algorithms_enabled(): return False
def get_float32_matmul_precision(): return 'highest'
def ones(n): return [_kept[0]] * n

== options that the computation itself leaves behind
-- 'python' --> 'pyarrow'
-- runs: 2
-- needs: pandas
-- needs: sklearn
import pandas as pd, sklearn
@checkpoint
def f(x):
    print("ran")
    pd.options.mode.string_storage = 'python'
    sklearn.set_config(transform_output='pandas')
    return x
print(f(3), pd.options.mode.string_storage, sklearn.get_config()['transform_output'], f(3), f(3))

== a setting that the computation itself leaves behind
-- prec = 5 --> prec = 6
-- runs: 2
import decimal
@checkpoint
def f(x):
    print("ran")
    decimal.getcontext().prec = 5
    return x
print(f(3), decimal.Decimal(1) / 3, f(3), decimal.Decimal(1) / 3, f(3))
""",
)

SAME = table(
    "hit",
    r"""
== settings that are as the library starts with them
-- # set --> decimal.getcontext().prec = 28
import decimal
# set
def g(x): return decimal.Decimal(x) / 7
@@ g(x)

== a setting that is changed and changed back
-- # set --> sklearn.set_config(transform_output='pandas'); sklearn.set_config(transform_output='default')
-- needs: sklearn
import sklearn
from sklearn.preprocessing import StandardScaler
# set
def g(x): return str(StandardScaler(with_std=bool(x)))
@@ g(x)

== settings of a library that is not reached
-- # set --> decimal.getcontext().prec = 5; locale.setlocale(locale.LC_NUMERIC, 'C.UTF-8')
import decimal, locale
# set
def g(x): return x + 1
@@ g(x)

== a setting of another library than the reached one
-- # set --> pd.options.mode.string_storage = 'python'
-- needs: pandas
-- needs: sklearn
import pandas as pd
from sklearn.preprocessing import StandardScaler
# set
def g(x): return str(StandardScaler(with_std=bool(x)))
@@ g(x)

== how values are shown
-- # set --> pd.set_option('display.max_rows', 5); np.set_printoptions(precision=2)
-- needs: pandas
import pandas as pd, numpy as np
# set
def g(x): return int(pd.Series(np.arange(x)).sum())
@@ g(x)

== an ignored setting
-- # set --> decimal.getcontext().prec = 5
-- silent
import decimal
# set
@checkpoint(ignore=['decimal.settings'])
def f(x):
    print("ran")
    return int(decimal.Decimal(x) / 3)
print(f(3), f(3))

== a library that the run imports
def g(x):
    import decimal
    return str(decimal.Decimal(x) / 7)
@@ g(x)

== settings within a context
import decimal
def g(x):
    with decimal.localcontext() as c:
        c.prec = 5
        return str(decimal.Decimal(x) / 7)
@@ g(x)

== flags of decimals
-- # set --> decimal.Decimal(1) / 3
import decimal
# set
def g(x): return str(decimal.Decimal(x) / 7)
@@ g(x)
""",
)
