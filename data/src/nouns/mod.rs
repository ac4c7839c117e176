//! One file per noun: its keys, its rows (with their versions), encoder and decoder side by side,
//! and the few verbs that read and write it. Nothing outside a noun's file knows its layout.
