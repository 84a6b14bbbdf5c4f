"""roifile reads the regions of `--to imagej`, and filled they are the footprints: check_imagej.py FOLDER."""

import os
import sys

try:
    import numpy as np
    import roifile
    from results_truth import Truth
except ImportError as error:
    print(f"SKIP: {error.name} is not installed")
    sys.exit(0)

folder = sys.argv[1]
truth = Truth(folder)


def filled(loops, height, width):
    """Pixels whose centre lies inside: how often the loops run around it is not 0, as Java fills paths."""
    turns = np.zeros((height, width), int)
    x, y = np.arange(width) + 0.5, np.arange(height) + 0.5
    for loop in loops:
        for (x0, y0), (x1, y1) in zip(loop, np.roll(loop, -1, axis=0)):
            rows = (y > min(y0, y1)) & (y < max(y0, y1))
            if rows.any():
                assert x0 == x1, "edges of pixels are upright or level"
                turns[np.ix_(rows, x < x0)] += 1 if y1 > y0 else -1
    return turns != 0


rois = {roi.name: roi for roi in roifile.roiread(os.path.join(folder, "rois.zip"))}
assert list(rois) == truth.names, list(rois)
composites = 0
for k, name in enumerate(truth.names):
    roi = rois[name]
    loops = [np.asarray(loop, float) for loop in roi.coordinates(multi=True)]
    composites += len(loops) > 1
    assert np.array_equal(filled(loops, truth.height, truth.width), truth.outlined(k)), f"{name} holds other pixels"
    y, x = np.nonzero(truth.outlined(k))
    assert (roi.left, roi.top, roi.right, roi.bottom) == (x.min(), y.min(), x.max() + 1, y.max() + 1)
    properties = dict(line.split(": ") for line in roi.props.strip().split("\n"))
    assert properties["outline_level"] == "0.3" and properties["status"] == truth.status(k)
    assert roi.roitype == (roifile.ROI_TYPE.TRACED if len(loops) == 1 else roifile.ROI_TYPE.RECT)
print(f"ok: {len(rois)} regions hold just the pixels of their footprints; {composites} in several lines")
