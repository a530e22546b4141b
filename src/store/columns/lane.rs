//! Lanes lie in columns as their numbers, since they are put in order there.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::expression::AsExpression;
use diesel::sql_types::Integer;

use crate::domain::lane::Lane;
use crate::store::error::UnknownValue;

impl<DB: Backend> FromSql<Integer, DB> for Lane
where
    i32: FromSql<Integer, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let number = <i32 as FromSql<Integer, DB>>::from_sql(value)?;
        let lane = i16::try_from(number).ok().and_then(Self::from_i16);
        lane.ok_or_else(|| UnknownValue::new("Lane", number).into())
    }
}

impl<DB: Backend> diesel::Queryable<Integer, DB> for Lane
where
    Self: FromSql<Integer, DB>,
{
    type Row = Self;

    fn build(row: Self) -> deserialize::Result<Self> {
        Ok(row)
    }
}

impl AsExpression<Integer> for Lane {
    type Expression = <i32 as AsExpression<Integer>>::Expression;

    fn as_expression(self) -> Self::Expression {
        AsExpression::<Integer>::as_expression(i32::from(self.as_i16()))
    }
}

impl AsExpression<Integer> for &Lane {
    type Expression = <i32 as AsExpression<Integer>>::Expression;

    fn as_expression(self) -> Self::Expression {
        (*self).as_expression()
    }
}
