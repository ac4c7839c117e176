//! Who may write to whom. A stranger has no way to somebody's messages: the first word goes to a
//! host, who has a page to be asked by, or from a host to somebody they have something to do with.
//! Must never look at what was written.

/// What there is between somebody who wants to write and the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Between {
    /// One of the two does not want to hear from the other, or is not here any more.
    pub apart: bool,
    /// Who writes is a host, or operates the server.
    pub writer_hosts: bool,
    /// The other is a host, or operates the server.
    pub other_hosts: bool,
    /// They have a meeting or a call, or had one.
    pub shared: bool,
    /// They have written to each other.
    pub begun: bool,
}

impl Between {
    /// Whether these two may talk at all. Two clients have nothing to say to each other through
    /// this house (R160).
    pub fn may_talk(&self) -> bool {
        !self.apart && (self.writer_hosts || self.other_hosts)
    }

    /// Whether who writes may write now. Hosts are asked by anybody; a host goes on with whoever
    /// wrote, and begins with their own clients only.
    pub fn may_write(&self) -> bool {
        self.may_talk() && (self.begun || self.other_hosts || self.shared)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_writes_to_whom() {
        // apart, writer hosts, other hosts, shared, begun | may talk, may write
        const CASES: &str = "
            - - - - - | - -
            - - - x x | - -
            - - x - - | x x
            - x - - - | x -
            - x - x - | x x
            - x - - x | x x
            - x x - - | x x
            x - x - - | - -
            x x - x x | - -";
        for line in CASES.lines().map(str::trim).filter(|it| !it.is_empty()) {
            let mut signs = line.split(' ').filter(|it| *it != "|").map(|it| it == "x");
            let mut next = || signs.next().unwrap();
            let it = Between {
                apart: next(),
                writer_hosts: next(),
                other_hosts: next(),
                shared: next(),
                begun: next(),
            };
            assert_eq!((it.may_talk(), it.may_write()), (next(), next()), "{line}");
        }
    }
}
