"""Declared hyperparameters: kinds of parameters, registries of items, JSON, and labels."""

from core.parameters.declared import (
    Component,
    Declared,
    Document,
    Registry,
    boolean,
    choice,
    component,
    described,
    integer,
    integers,
    items,
    multiples,
    part,
    real,
    text,
    vector,
)
from core.parameters.kinds import Boolean, Choice, Interval, Json, Number, Parameter, Sequence, Text

__all__ = [
    "Boolean", "Choice", "Component", "Declared", "Document", "Interval", "Json", "Number", "Parameter", "Registry", "Sequence", "Text",
    "boolean", "choice", "component", "described", "integer", "integers", "items", "multiples", "part", "real", "text", "vector",
]  # fmt: skip
