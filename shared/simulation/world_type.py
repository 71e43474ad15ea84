"""A `World` in compiled code: one pointer to its arrays.

As a tuple it would be handed from kernel to kernel as seven words an array, which costs more than
most kernels do; and to inline every kernel into its callers instead made ten megabytes of code,
which no processor's cache holds and which took a minute to compile.

Its arrays are `Rows` there: numba's own would ask at each access whether the index counts from the
end.
"""

import operator
from typing import Any

from llvmlite import ir
from numba import typeof
from numba.core import cgutils, types
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_global, signature
from numba.extending import (
    NativeValue,
    infer_getattr,
    lower_builtin,
    lower_getattr_generic,
    models,
    register_model,
    typeof_impl,
    unbox,
)
from numba.np.arrayobj import load_item, store_item

from shared.simulation.world import World

_POINTER = ir.IntType(8).as_pointer()


class RowsType(types.Type):
    """The type of an array that is read and written by indices from 0 on, and has a length."""

    def __init__(self, array: Any) -> None:
        self.array = array
        super().__init__(f"Rows({array})")


@register_model(RowsType)
class _RowsModel(models.StructModel):  # type: ignore[misc]  # numba has no types
    def __init__(self, models_: Any, rows_type: RowsType) -> None:
        data = types.CPointer(rows_type.array.dtype)  # type: ignore[attr-defined]  # numba's types are skipped
        super().__init__(models_, rows_type, [("data", data), ("nitems", types.intp)])


@infer_global(operator.getitem)
class _Read(AbstractTemplate):  # type: ignore[misc]  # numba has no types
    def generic(self, args: Any, _kws: Any) -> Any:
        rows, index = args
        known = isinstance(rows, RowsType) and isinstance(index, types.Integer)
        return signature(rows.array.dtype, rows, types.intp) if known else None


@infer_global(operator.setitem)
class _Write(AbstractTemplate):  # type: ignore[misc]  # numba has no types
    def generic(self, args: Any, _kws: Any) -> Any:
        rows, index, _ = args
        known = isinstance(rows, RowsType) and isinstance(index, types.Integer)
        return signature(types.none, rows, types.intp, rows.array.dtype) if known else None


@infer_global(len)
class _Length(AbstractTemplate):  # type: ignore[misc]  # numba has no types
    def generic(self, args: Any, _kws: Any) -> Any:
        return signature(types.intp, *args) if isinstance(args[0], RowsType) else None


def _row(context: Any, builder: Any, rows_type: RowsType, rows: Any, index: Any) -> Any:
    data = cgutils.create_struct_proxy(rows_type)(context, builder, rows).data
    return builder.gep(data, [index], inbounds=True)


@lower_builtin(operator.getitem, RowsType, types.Integer)
def _read(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return load_item(
        context, builder, sig.args[0].array, _row(context, builder, sig.args[0], *args)
    )


@lower_builtin(operator.setitem, RowsType, types.Integer, types.Any)
def _write(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    rows, index, value = args
    store_item(
        context, builder, sig.args[0].array, value, _row(context, builder, sig.args[0], rows, index)
    )
    return context.get_dummy_value()


@lower_builtin(len, RowsType)
def _length(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0]).nitems


class WorldType(types.Type):
    """The type of a `World` with members of these array types, in the order of its fields."""

    def __init__(self, members: tuple[types.Type, ...]) -> None:
        self.members = members
        super().__init__("World")

    @property
    def key(self) -> tuple[types.Type, ...]:
        """What makes two such types the same."""
        return self.members

    @property
    def mangling_args(self) -> tuple[str, tuple[()]]:
        """A short name: the members' would make every symbol kilobytes long."""
        return self.name, ()

    @property
    def block(self) -> Any:
        """What the pointer points to."""
        return types.Tuple([RowsType(member) for member in self.members])  # type: ignore[attr-defined]  # numba's types are skipped


@typeof_impl.register(World)
def _type_of(world: World, _context: Any) -> WorldType:
    return WorldType(tuple(typeof(member) for member in world))


@register_model(WorldType)
class _WorldModel(models.PrimitiveModel):  # type: ignore[misc]  # numba has no types
    def __init__(self, models_: Any, world_type: WorldType) -> None:
        super().__init__(models_, world_type, _POINTER)


@infer_getattr
class _WorldAttributes(AttributeTemplate):  # type: ignore[misc]  # numba has no types
    key = WorldType

    def generic_resolve(self, world_type: WorldType, name: str) -> types.Type:
        return RowsType(world_type.members[World._fields.index(name)])


@lower_getattr_generic(WorldType)
def _member(context: Any, builder: Any, world_type: WorldType, world: Any, name: str) -> Any:
    """The rows; their place in memory never changes, so that no write to them makes the compiled
    code look it up again.
    """
    block = builder.bitcast(world, context.get_value_type(world_type.block).as_pointer())
    index = World._fields.index(name)
    rows = cgutils.create_struct_proxy(RowsType(world_type.members[index]))(context, builder)
    for place, part in enumerate(("data", "nitems")):
        word = builder.load(cgutils.gep_inbounds(builder, block, 0, index, place))
        word.set_metadata("invariant.load", builder.module.add_metadata([]))
        setattr(rows, part, word)
    return rows._getvalue()  # noqa: SLF001 -- as in numba's own lowering


@unbox(WorldType)
def _unbox(world_type: WorldType, world: Any, c: Any) -> NativeValue:
    block = cgutils.alloca_once(c.builder, c.context.get_value_type(world_type.block))
    is_error = cgutils.false_bit
    for index, member in enumerate(world_type.members):
        array = c.unbox(member, c.pyapi.tuple_getitem(world, index))
        parts = cgutils.create_struct_proxy(member)(c.context, c.builder, array.value)
        for place, part in enumerate((parts.data, parts.nitems)):
            c.builder.store(part, cgutils.gep_inbounds(c.builder, block, 0, index, place))
        is_error = c.builder.or_(is_error, array.is_error)
    return NativeValue(c.builder.bitcast(block, _POINTER), is_error=is_error)
