"""OpenCV: images and models that are read in C++."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "cv2:imread": "filename",
    "cv2:imreadmulti": "filename",
    "cv2:imcount": "filename",
    "cv2:VideoCapture": "filename|index",
    "cv2:CascadeClassifier": "filename|source",
    "cv2:FileStorage": "filename|source",
    "cv2.dnn:readNet": "model config",
    "cv2.dnn:readNetFromONNX": "onnxFile",
    "cv2.dnn:readNetFromCaffe": "prototxt caffeModel",
    "cv2.dnn:readNetFromTensorflow": "model config",
}
