//! The adapters against vectors of their documentation: signatures, bodies, clocks.
