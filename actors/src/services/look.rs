//! Lists that no index sorts as they are asked for: rows are read in order and looked at one by one,
//! until a page is full or enough was done for one request.

use super::ServiceError;

/// Rows that one request looks at.
pub(super) const LOOKED_AT_MAX: usize = 2_000;
/// Rows read at once.
pub(super) const READ_AT_ONCE: usize = 200;

/// Rows that were read, and whether there are no more.
pub(super) type Rows<R> = (Vec<R>, bool);

/// What [`READ_AT_ONCE`] asked for: fewer are the last ones.
pub(super) fn rows<R>(rows: Vec<R>) -> Rows<R> {
    let last = rows.len() < READ_AT_ONCE;
    (rows, last)
}

/// The same of those from the first on that are `within`: the first that is not ends the list.
pub(super) fn rows_while<R>(all: Vec<R>, within: impl Fn(&R) -> bool) -> Rows<R> {
    let (mut rows, last) = rows(all);
    let end = rows.iter().position(|it| !within(it));
    rows.truncate(end.unwrap_or(rows.len()));
    (rows, last || end.is_some())
}

/// At most `most` of what `take` makes of the rows that `read` gives from after a mark, and the mark of
/// the last row that was looked at (`None`: all were).
pub(super) fn look_through<R, T, M: Copy>(
    after: Option<M>,
    most: usize,
    mut read: impl FnMut(Option<M>) -> Result<Rows<R>, ServiceError>,
    mark: impl Fn(&R) -> M,
    mut take: impl FnMut(R) -> Result<Option<T>, ServiceError>,
) -> Result<(Vec<T>, Option<M>), ServiceError> {
    let (mut taken, mut next) = (Vec::new(), after);
    for _ in 0..LOOKED_AT_MAX / READ_AT_ONCE {
        let (rows, last) = read(next)?;
        for row in rows {
            if taken.len() == most {
                return Ok((taken, next));
            }
            next = Some(mark(&row));
            taken.extend(take(row)?);
        }
        if last {
            return Ok((taken, None));
        }
    }
    Ok((taken, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn even(numbers: u32, after: Option<u32>, most: usize) -> (Vec<u32>, Option<u32>) {
        let read = |after: Option<u32>| {
            let from = after.map_or(0, |it| it + 1);
            Ok(rows((from..numbers).take(READ_AT_ONCE).collect()))
        };
        let take = |it: u32| Ok(it.is_multiple_of(2).then_some(it));
        look_through(after, most, read, |it| *it, take).unwrap()
    }

    #[test]
    fn a_page_goes_on_where_the_last_one_ended() {
        assert_eq!(even(5, None, 10), (vec![0, 2, 4], None));
        assert_eq!(even(5, None, 2), (vec![0, 2], Some(2)));
        assert_eq!(even(5, Some(2), 2), (vec![4], None));
        // A full page at the end of everything is the last one.
        assert_eq!(even(3, None, 2), (vec![0, 2], None));
    }

    #[test]
    fn the_first_that_is_beyond_ends_the_list() {
        let all: Vec<usize> = (0..READ_AT_ONCE).collect();
        assert_eq!(rows_while(all.clone(), |_| true), (all.clone(), false));
        assert_eq!(rows_while(all, |it| *it < 2), (vec![0, 1], true));
        assert_eq!(rows_while(vec![0, 1], |_| true), (vec![0, 1], true));
    }

    #[test]
    fn one_request_does_not_look_at_everything() {
        let (found, next) = even(10_000, None, usize::MAX);
        assert_eq!(found.len(), LOOKED_AT_MAX / 2);
        assert_eq!(next, Some(LOOKED_AT_MAX as u32 - 1));
        // A read that gives nothing and says that there is more ends as well.
        let stuck = |_| Ok((Vec::<u32>::new(), false));
        let ended = look_through(Some(7), 1, stuck, |it| *it, |it| Ok(Some(it))).unwrap();
        assert_eq!(ended, (vec![], Some(7)));
    }
}
