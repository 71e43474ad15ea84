"""A `World` in compiled code: one pointer to its arrays.

As a tuple it would be handed from kernel to kernel as seven words an array, which costs more than most kernels do; and to inline every
kernel into its callers instead made ten megabytes of code, which no processor's cache holds and which took a minute to compile.
"""

from typing import Any

from llvmlite import ir
from numba import typeof
from numba.core import cgutils, types
from numba.core.typing.templates import AttributeTemplate
from numba.extending import NativeValue, infer_getattr, lower_getattr_generic, models, register_model, typeof_impl, unbox

from services.generator.simulation.world import World

_POINTER = ir.IntType(8).as_pointer()


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
        return types.Tuple(self.members)  # type: ignore[attr-defined]  # numba's types are skipped


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
        return world_type.members[World._fields.index(name)]


@lower_getattr_generic(WorldType)
def _member(context: Any, builder: Any, world_type: WorldType, world: Any, name: str) -> Any:
    block = builder.bitcast(world, context.get_value_type(world_type.block).as_pointer())
    return builder.load(cgutils.gep_inbounds(builder, block, 0, World._fields.index(name)))


@unbox(WorldType)
def _unbox(world_type: WorldType, world: Any, c: Any) -> NativeValue:
    block = cgutils.alloca_once(c.builder, c.context.get_value_type(world_type.block))
    is_error = cgutils.false_bit
    for index, member in enumerate(world_type.members):
        array = c.unbox(member, c.pyapi.tuple_getitem(world, index))
        c.builder.store(array.value, cgutils.gep_inbounds(c.builder, block, 0, index))
        is_error = c.builder.or_(is_error, array.is_error)
    return NativeValue(c.builder.bitcast(block, _POINTER), is_error=is_error)
