/* Sees each audit event first, and hands on those that somebody wants.

   A hook that is written in Python is called for every event: `id()` and each access to `__code__` raise one. This one
   looks the name up in a small table and returns, without making a Python object. See `_auditing.py`, which falls back
   to a hook in Python where this module is not built.

   Guarantees
       Events are handed on as Python hooks get them: the interned name, the arguments, no tracing meanwhile; an error
       of the callback becomes that of the event. Nothing is handed on in another interpreter than the one that
       listens, nor once Python is being shut down.
*/

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#if PY_VERSION_HEX < 0x030D0000
#define Py_IsFinalizing _Py_IsFinalizing
#endif

#ifdef Py_GIL_DISABLED
#error "not tried without the GIL: the hook in Python serves there"
#endif

#define SLOTS 256 /* a power of two, some times MOST: names of no interest nearly always meet a free slot */
#define MOST 64

typedef struct {
    PyObject *name; /* NULL: free */
    const char *text;
    size_t size;
    int always; /* whether it is handed on also while `recording` is zero */
} Wanted;

typedef struct {
    PyInterpreterState *interpreter;
    PyObject *callback; /* NULL once the interpreter has ended */
    PyObject *recording; /* a list of one number */
    Wanted slots[SLOTS];
} Listener; /* Never freed: a hook cannot be taken away. */

static const char ENDS[] = "cpython.PyInterpreterState_Clear";

static size_t
first_slot(const char *text, size_t size)
{
    if (size == 0) {
        return 0;
    }
    const unsigned char *bytes = (const unsigned char *)text;
    return (size * 61 + bytes[size / 2] * 7 + bytes[size - 1] * 3) & (SLOTS - 1);
}

/* Return where a name stands, or the free slot where it would. */
static Wanted *
slot_of(Listener *self, const char *text, size_t size)
{
    size_t slot = first_slot(text, size);
    while (self->slots[slot].name != NULL
           && (self->slots[slot].size != size || memcmp(self->slots[slot].text, text, size) != 0)) {
        slot = (slot + 1) & (SLOTS - 1);
    }
    return &self->slots[slot];
}

static void
end(Listener *self)
{
    Py_CLEAR(self->callback);
    Py_CLEAR(self->recording);
    /* The names stay: other interpreters may be looking at them. */
}

static int
hand_on(PyObject *callback, PyObject *name, PyObject *args)
{
    PyObject *arguments[] = {name, args};
    PyThreadState *thread = PyThreadState_Get();
    PyThreadState_EnterTracing(thread);
    PyObject *result = PyObject_Vectorcall(callback, arguments, 2, NULL);
    PyThreadState_LeaveTracing(thread);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

static int
hook(const char *event, PyObject *args, void *data)
{
    Listener *self = data;
    const Wanted *wanted = slot_of(self, event, strlen(event));
    if (wanted->name == NULL || PyInterpreterState_Get() != self->interpreter || self->callback == NULL) {
        return 0;
    }
    if (wanted->text == ENDS) {
        end(self);
        return 0;
    }
    if (Py_IsFinalizing()) {
        return 0;
    }
    if (!wanted->always) {
        int on = PyObject_IsTrue(PyList_GET_ITEM(self->recording, 0));
        if (on <= 0) {
            return on;
        }
    }
    return hand_on(self->callback, wanted->name, args);
}

static void
want(Listener *self, PyObject *name, const char *text, size_t size, int always)
{
    Wanted *wanted = slot_of(self, text, size);
    if (wanted->name == NULL) {
        *wanted = (Wanted){Py_NewRef(name), text, size, always};
    }
}

static int
fill(Listener *self, PyObject *names, int always)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
        Py_ssize_t size;
        PyObject *name = PyTuple_GET_ITEM(names, i);
        const char *text = PyUnicode_AsUTF8AndSize(name, &size); /* lives as long as the name */
        if (text == NULL) {
            return -1;
        }
        want(self, name, text, (size_t)size, always);
    }
    return 0;
}

static void
drop(Listener *self)
{
    end(self);
    for (size_t slot = 0; slot < SLOTS; slot++) {
        Py_XDECREF(self->slots[slot].name);
    }
    PyMem_RawFree(self);
}

PyDoc_STRVAR(listen_doc,
"listen(callback, recording, while_recording, always, /)\n--\n\n"
"Have a function called with the name and the arguments of audit events, for good.\n\n"
"Args:\n"
"    callback: is called as a function that was given to `sys.addaudithook`.\n"
"    recording: a list whose first item is not zero while somebody listens.\n"
"    while_recording: names of events that are handed on while that is so.\n"
"    always: names of events that are handed on at any time.\n\n"
"Raises:\n"
"    RuntimeError: this is not the main interpreter, which alone may have such a hook.\n"
"    ValueError: `recording` is empty, or there are more than 64 names.");

static PyObject *
listen(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *callback, *recording, *names, *always;
    if (!PyArg_ParseTuple(args, "OO!O!O!", &callback, &PyList_Type, &recording, &PyTuple_Type, &names, &PyTuple_Type,
                          &always)) {
        return NULL;
    }
    if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
        PyErr_SetString(PyExc_RuntimeError, "only the main interpreter may have a hook that is called for all of them");
        return NULL;
    }
    if (PyList_GET_SIZE(recording) == 0 || PyTuple_GET_SIZE(names) + PyTuple_GET_SIZE(always) > MOST) {
        PyErr_SetString(PyExc_ValueError, "nothing to tell whether somebody listens, or more than 64 names");
        return NULL;
    }
    Listener *self = PyMem_RawCalloc(1, sizeof(Listener));
    PyObject *ends = PyUnicode_FromString(ENDS);
    if (self == NULL || ends == NULL) {
        PyMem_RawFree(self);
        Py_XDECREF(ends);
        return PyErr_NoMemory();
    }
    self->interpreter = PyInterpreterState_Get();
    self->callback = Py_NewRef(callback);
    self->recording = Py_NewRef(recording);
    want(self, ends, ENDS, sizeof(ENDS) - 1, 1);
    Py_DECREF(ends);
    if (fill(self, always, 1) < 0 || fill(self, names, 0) < 0 || PySys_AddAuditHook(hook, self) < 0) {
        drop(self);
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"listen", listen, METH_VARARGS, listen_doc}, {NULL, NULL, 0, NULL}};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_audit", "A filter for audit events.", 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC
PyInit__audit(void)
{
    return PyModuleDef_Init(&module);
}
