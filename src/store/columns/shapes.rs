//! Two shapes of implementation, so that the domain's types need no derive of diesel's.

/// Lets a `Copy` type stand in columns of a custom SQL type by way of its value.
macro_rules! value_column {
    ($type:ty, $sql_type:ty, $value:ty, $from:expr, $to:expr) => {
        const _: () = {
            use diesel::backend::Backend;
            use diesel::deserialize::{self, FromSql};
            use diesel::expression::AsExpression;
            use diesel::pg::Pg;
            use diesel::serialize::{self, IsNull, Output, ToSql};
            use diesel::sql_types::Nullable;
            use diesel::sqlite::Sqlite;

            use crate::store::db::MultiBackend;

            impl<DB: Backend> FromSql<$sql_type, DB> for $type
            where
                $value: FromSql<$sql_type, DB>,
            {
                fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
                    <$value as FromSql<$sql_type, DB>>::from_sql(value).map(|value| $from(value.0))
                }
            }

            impl<DB: Backend> diesel::Queryable<$sql_type, DB> for $type
            where
                Self: FromSql<$sql_type, DB>,
            {
                type Row = Self;

                fn build(row: Self) -> deserialize::Result<Self> {
                    Ok(row)
                }
            }

            impl ToSql<$sql_type, Pg> for $type {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                    <$value as ToSql<$sql_type, Pg>>::to_sql(
                        &<$value>::from($to(self)),
                        &mut out.reborrow(),
                    )
                }
            }

            impl ToSql<$sql_type, Sqlite> for $type {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                    out.set_value(<$value>::from($to(self)).into_sqlite());
                    Ok(IsNull::No)
                }
            }

            impl ToSql<$sql_type, MultiBackend> for $type {
                fn to_sql<'b>(
                    &'b self,
                    out: &mut Output<'b, '_, MultiBackend>,
                ) -> serialize::Result {
                    out.set_value((<$sql_type>::default(), self));
                    Ok(IsNull::No)
                }
            }

            impl AsExpression<$sql_type> for $type {
                type Expression = <$value as AsExpression<$sql_type>>::Expression;

                fn as_expression(self) -> Self::Expression {
                    AsExpression::<$sql_type>::as_expression(<$value>::from($to(&self)))
                }
            }

            impl AsExpression<Nullable<$sql_type>> for $type {
                type Expression = <$value as AsExpression<Nullable<$sql_type>>>::Expression;

                fn as_expression(self) -> Self::Expression {
                    AsExpression::<Nullable<$sql_type>>::as_expression(<$value>::from($to(&self)))
                }
            }

            impl AsExpression<$sql_type> for &$type {
                type Expression = <$value as AsExpression<$sql_type>>::Expression;

                fn as_expression(self) -> Self::Expression {
                    AsExpression::<$sql_type>::as_expression(<$value>::from($to(self)))
                }
            }

            impl AsExpression<Nullable<$sql_type>> for &$type {
                type Expression = <$value as AsExpression<Nullable<$sql_type>>>::Expression;

                fn as_expression(self) -> Self::Expression {
                    AsExpression::<Nullable<$sql_type>>::as_expression(<$value>::from($to(self)))
                }
            }
        };
    };
}

/// Lets a type with `as_str` stand in text columns; `$parse` answers `None` for text that it does not know.
macro_rules! text_column {
    ($type:ty, $parse:expr) => {
        const _: () = {
            use diesel::backend::Backend;
            use diesel::deserialize::{self, FromSql};
            use diesel::expression::AsExpression;
            use diesel::serialize::{self, Output, ToSql};
            use diesel::sql_types::{Nullable, Text};

            use crate::store::error::UnknownValue;

            impl<DB: Backend> FromSql<Text, DB> for $type
            where
                String: FromSql<Text, DB>,
            {
                fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
                    let text = <String as FromSql<Text, DB>>::from_sql(value)?;
                    $parse(&text).ok_or_else(|| UnknownValue::new(stringify!($type), text).into())
                }
            }

            impl<DB: Backend> diesel::Queryable<Text, DB> for $type
            where
                Self: FromSql<Text, DB>,
            {
                type Row = Self;

                fn build(row: Self) -> deserialize::Result<Self> {
                    Ok(row)
                }
            }

            impl<DB: Backend> ToSql<Text, DB> for $type
            where
                str: ToSql<Text, DB>,
            {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                    <str as ToSql<Text, DB>>::to_sql(self.as_str(), out)
                }
            }

            impl AsExpression<Text> for $type {
                type Expression = <String as AsExpression<Text>>::Expression;

                fn as_expression(self) -> Self::Expression {
                    AsExpression::<Text>::as_expression(self.as_str().to_owned())
                }
            }

            impl AsExpression<Nullable<Text>> for $type {
                type Expression = <String as AsExpression<Nullable<Text>>>::Expression;

                fn as_expression(self) -> Self::Expression {
                    AsExpression::<Nullable<Text>>::as_expression(self.as_str().to_owned())
                }
            }

            impl<'a> AsExpression<Text> for &'a $type {
                type Expression = <&'a str as AsExpression<Text>>::Expression;

                fn as_expression(self) -> Self::Expression {
                    AsExpression::<Text>::as_expression(self.as_str())
                }
            }

            impl<'a> AsExpression<Nullable<Text>> for &'a $type {
                type Expression = <&'a str as AsExpression<Nullable<Text>>>::Expression;

                fn as_expression(self) -> Self::Expression {
                    AsExpression::<Nullable<Text>>::as_expression(self.as_str())
                }
            }
        };
    };
}

pub(in crate::store) use {text_column, value_column};
