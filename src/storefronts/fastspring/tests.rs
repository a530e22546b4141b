//! Whole bodies through split and translate.
