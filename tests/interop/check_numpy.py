"""numpy (without pickles) and scipy.sparse read what `--to numpy` wrote: check_numpy.py FOLDER."""

import json
import os
import sys
import zipfile

try:
    import numpy as np
    from results_truth import Truth
except ImportError as error:
    print(f"SKIP: {error.name} is not installed")
    sys.exit(0)

folder = sys.argv[1]
truth = Truth(folder)
path = os.path.join(folder, "numpy")
for name in ("results.npz", "footprints.npz"):
    assert zipfile.ZipFile(os.path.join(path, name)).testzip() is None

found = np.load(os.path.join(path, "results.npz"), allow_pickle=False)
expected = {
    **{"raw": truth.raw, "C": truth.denoised, "S": truth.spikes, "noise": truth.noise, "baseline": truth.baseline},
    **{"b0": truth.b0, "W_weights": truth.weights, "W_offsets": truth.offsets, "time_constants": truth.time_constants},
    **{("noise_image" if name == "noise" else name): image for name, image in truth.summary.items()},
    **{"accepted": truth.accepted, "snr": truth.snr, "r_value": truth.r_value, "timestamps": truth.timestamps},
}
for name, values in expected.items():
    if values is None:
        assert name not in found
        continue
    assert found[name].dtype == values.dtype and np.array_equal(found[name], values, equal_nan=True), name
assert np.allclose(found["time"], truth.time, rtol=0, atol=1e-9)
assert found["frame_rate"].item() == truth.rate and found["units"].item() == truth.units
assert found["dims"].tolist() == [truth.height, truth.width] and found["names"].tolist() == truth.names
if truth.pixel_size is not None:
    assert found["pixel_size"].tolist() == truth.pixel_size
for name in ("parameters", "software", "movie", "notes"):
    json.loads(found[name].item())
print(f"ok: {len(found.files)} arrays of results.npz, bit for bit")

try:
    import scipy.sparse
except ImportError:
    print("SKIP: scipy is not installed")
    sys.exit(0)
A = scipy.sparse.load_npz(os.path.join(path, "footprints.npz"))
assert A.shape == (truth.height * truth.width, truth.cells) and A.dtype == np.float32
assert np.array_equal(A.toarray().T.reshape(-1, truth.height, truth.width), truth.footprints)
again = scipy.sparse.csc_matrix((found["A_data"], found["A_indices"], found["A_indptr"]), shape=found["A_shape"])
assert (A != again).nnz == 0
print("ok: scipy.sparse reads the footprints")
