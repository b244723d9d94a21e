//! Expressions that people write, as they are handed on.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, DataType, ExactNumberInfo, Expr, Query, Value, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;

use super::error::{in_words, told};
use super::session::on_planner;
use crate::IngestError;

/// Characters of an expression at most; nesting is bounded by the parser.
const MAX_CHARACTERS: usize = 2_000;
/// Operators of an expression at most: it is judged on threads with little room for deep trees.
const MAX_OPERATORS: usize = 250;

/// The text of one expression, whose divisions are those of real numbers.
///
/// # Errors
/// When it is not one expression, or holds a SELECT of its own. The message says where.
pub(super) fn parsed(what: &str, expression: &str) -> Result<String, IngestError> {
    let refuse = |cause: String| IngestError::Statement { what: what.to_owned(), cause };
    if expression.chars().count() > MAX_CHARACTERS {
        return Err(refuse(format!("it has more than {MAX_CHARACTERS} characters")));
    }
    // A chain of a thousand additions is a tree as deep as it is long.
    let parsed = on_planner(|| {
        let parse = || {
            let mut parser = Parser::new(&GenericDialect {}).try_with_sql(expression)?;
            let parsed = parser.parse_expr()?;
            parser.expect_token(&Token::EOF)?;
            Ok(parsed)
        };
        let mut parsed = match parse() {
            Ok(parsed) => parsed,
            Err(error) => return Ok(Err(in_words(&ParserError::to_string(&error)))),
        };
        let mut reals = Reals { operators: 0 };
        Ok(match parsed.visit(&mut reals) {
            ControlFlow::Break(()) => Err("it must not hold a SELECT of its own".to_owned()),
            ControlFlow::Continue(()) if reals.operators > MAX_OPERATORS => {
                Err(format!("it has more than {MAX_OPERATORS} operators"))
            }
            ControlFlow::Continue(()) => Ok(parsed.to_string()),
        })
    });
    parsed.map_err(|error| told(what, &error, 0))?.map_err(refuse)
}

/// Makes divisions those of real numbers, and refuses a SELECT.
struct Reals {
    operators: usize,
}

impl VisitorMut for Reals {
    type Break = ();

    fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        ControlFlow::Break(())
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        self.operators += usize::from(matches!(expression, Expr::BinaryOp { .. }));
        if let Expr::BinaryOp { left, op: BinaryOperator::Divide, .. } = expression {
            let inner = std::mem::replace(&mut **left, Expr::Value(Value::Null.into()));
            **left = Expr::Cast {
                kind: CastKind::Cast,
                expr: Box::new(inner),
                data_type: DataType::Double(ExactNumberInfo::None),
                array: false,
                format: None,
            };
        }
        ControlFlow::Continue(())
    }
}
