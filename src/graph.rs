//! Parents, cycles, selection and order. Pure.
