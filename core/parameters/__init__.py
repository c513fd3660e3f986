"""Declared hyperparameters: kinds of parameters, registries of items, JSON, and labels."""

from core.parameters.declared import Component, Declared, Document, Registry, multiples
from core.parameters.fields import (
    boolean,
    choice,
    choices,
    component,
    components,
    described,
    integer,
    integers,
    items,
    like,
    optional,
    part,
    real,
    text,
    vector,
)
from core.parameters.kinds import Boolean, Choice, Interval, Json, Number, Optional, Parameter, Sequence, Text

__all__ = [
    "Boolean", "Choice", "Component", "Declared", "Document", "Interval", "Json", "Number", "Optional", "Parameter", "Registry", "Sequence", "Text",
    "boolean", "choice", "choices", "component", "components", "described", "integer", "integers", "items", "like", "multiples", "optional", "part",
    "real", "text", "vector",
]  # fmt: skip
