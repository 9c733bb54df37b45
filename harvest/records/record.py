"""What every record is made of: one frozen base and the few types its fields share."""

from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetPydanticSchema,
    JsonValue,
    SkipValidation,
    Strict,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


class Record(BaseModel):
    """One JSON object, validated once where it enters, then frozen; keys it does not know are kept."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="allow",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=False,
        serialize_by_alias=True,
        use_attribute_docstrings=True,
    )

    @model_validator(mode="after")
    def _refuse_python_spelling(self) -> Self:
        """Keep `luma_mean` from passing as an unknown key while `lumaMean` silently goes missing."""
        if misspelt := (self.model_extra or {}).keys() & type(self).model_fields.keys():
            fields = type(self).model_fields
            raise PydanticCustomError(
                "misspelt",
                "Input should be an object with {right} instead of {wrong}",
                {
                    "right": ", ".join(str(fields[name].serialization_alias) for name in sorted(misspelt)),
                    "wrong": ", ".join(sorted(misspelt)),
                },
            )
        return self


def one_of(expected: str, *choices: CoreSchema, json_schema: dict[str, Any]) -> GetPydanticSchema:
    """Accept any of the choices; where none fits, complain once instead of once a choice."""
    schema = core_schema.union_schema(
        list(choices), custom_error_type="one_of", custom_error_message=f"Input should be {expected}"
    )
    return GetPydanticSchema(lambda _source, _handler: schema, lambda _schema, _handler: json_schema)


def _number(expected: str, at_least: int | None = None, at_most: int | None = None) -> GetPydanticSchema:
    """Accept a finite number and leave 1 and 1.0 apart, as the file has them."""
    bounds = {"minimum": at_least, "maximum": at_most}
    return one_of(
        expected,
        core_schema.int_schema(strict=True, ge=at_least, le=at_most),
        core_schema.float_schema(strict=True, allow_inf_nan=False, ge=at_least, le=at_most),
        json_schema={"type": "number"} | {name: bound for name, bound in bounds.items() if bound is not None},
    )


Number = Annotated[int | float, _number("a finite number")]
Amount = Annotated[int | float, _number("a finite number, at least 0", 0)]
Share = Annotated[int | float, _number("a number from 0 to 1", 0, 1)]
Correlation = Annotated[int | float, _number("a number from -1 to 1", -1, 1)]
Count = Annotated[int, Field(ge=0)]

T = TypeVar("T")
Many = Annotated[tuple[T, ...], Strict(False)]  # noqa: FBT003  (positional only)
FreeForm = Annotated[JsonValue, SkipValidation]
