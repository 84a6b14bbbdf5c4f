"""Memory maps as CaImAn names and orders them, with what annulus must read: make_mmap.py FOLDER.

CaImAn's save_memmap makes numpy.memmap(name, shape=(d1 * d2 * d3, T), order=order, dtype=float32) and load_memmap's caller takes the frames
as numpy.reshape(Yr.T, [T, d1, d2], order="F"). The same is done here with NumPy alone; where CaImAn is installed it loads the files, too.
"""

import os
import sys

try:
    import numpy as np
except ImportError as error:
    print(f"SKIP: {error.name} is not installed")
    sys.exit(0)
try:
    from caiman.mmapping import load_memmap
except ImportError:
    load_memmap = None
    print("SKIP: caiman is not installed, so nobody but NumPy looks at the files")

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
generator = np.random.default_rng(27)

for T, H, W in [(23, 21, 34), (1, 5, 7), (300, 16, 9)]:
    for order in "CF":
        for prefix, suffix in [("memmap_", ""), ("video_els_", "_")]:
            frames = (generator.normal(size=(T, H, W)) * 1000).astype("f4")
            name = f"{prefix}_d1_{H}_d2_{W}_d3_1_order_{order}_frames_{T}{suffix}.mmap"
            path = os.path.join(folder, name)
            pixels = np.memmap(path, mode="w+", dtype="f4", shape=(H * W, T), order=order)
            pixels[:] = frames.reshape((T, H * W), order="F").T
            pixels.flush()
            assert np.array_equal(np.reshape(pixels.T, [T, H, W], order="F"), frames)
            if load_memmap:
                loaded, dims, length = load_memmap(path)
                assert np.array_equal(np.reshape(loaded.T, [length] + list(dims), order="F"), frames)
            np.save(f"{path}.expected.npy", frames)
            print(f"made: {name}")
