"""A store that several people and machines share: signed entries in a bucket, behind the local store.

Knows: objects, signatures, pieces of entries, trouble with servers. Never sees: values, code, fingerprints.

Guarantees, whatever the server does and whoever can write to it:
- Nothing reaches the local store that was not signed, for that name and key, by this user or somebody whom this user
  trusts. All else is a miss, said once.
- Asking takes `timeout` seconds at most; then the store is left alone for a while. A hit of the local store never asks.
- What cannot be published stays in the local store, for `lutil push`.

Nothing here is imported unless a shared store is set; its libraries are those of the extra `shared`.
"""

from ._archive import Archive
from ._aside import aside
from ._remote import TroubleError, is_first_to_say, is_usable
from ._shared_reader import SignedEntry, checked, distrusted, note_received, received_from
from ._shared_store import SharedStore
from ._signed_objects import LARGEST, ForgedError, Manifest, object_name, payload_name, signer_name, unseal
from ._signing_keys import PublicKey, Signer, distrust, key_folder, load_signer, new_signer, trust, trusted_keys
from ._uploads import flush, in_background, offer

__all__ = [
    "LARGEST",
    "Archive",
    "ForgedError",
    "Manifest",
    "PublicKey",
    "SharedStore",
    "SignedEntry",
    "Signer",
    "TroubleError",
    "aside",
    "checked",
    "distrust",
    "distrusted",
    "flush",
    "in_background",
    "is_first_to_say",
    "is_usable",
    "key_folder",
    "load_signer",
    "new_signer",
    "note_received",
    "object_name",
    "offer",
    "payload_name",
    "received_from",
    "signer_name",
    "trust",
    "trusted_keys",
    "unseal",
]
