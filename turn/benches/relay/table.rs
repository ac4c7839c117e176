//! The tables, and the last line: medians, and medians of ratios paired by round.

use std::collections::BTreeMap;

use super::{
    servers::Kind,
    suites::{AllocationCost, Cell, Memory, Row},
};

/// The middle value; NaN of none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.retain(|v| v.is_finite());
    if values.is_empty() {
        return f64::NAN;
    }
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        (values[middle - 1] + values[middle]) / 2.0
    }
}

/// Processor time per packet of a server against coturn's in the same round, for every round.
pub fn ratios(rows: &[Row], server: Kind) -> Vec<f64> {
    let coturn: BTreeMap<usize, f64> = rows
        .iter()
        .filter(|row| row.server == Kind::Coturn)
        .map(|row| (row.round, row.measured.cpu_us))
        .collect();
    rows.iter()
        .filter(|row| row.server == server)
        .filter_map(|row| Some(row.measured.cpu_us / coturn.get(&row.round)?))
        .collect()
}

/// Prints one cell.
pub fn print_cell(cell: &Cell, rows: &[Row]) {
    println!("\n### {}\n", cell.name);
    println!(
        "| server | CPU us per packet | / coturn | packets/s | loss % | p50 us | p99 us | noise |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for server in &cell.servers {
        let of = |pick: fn(&Row) -> f64| {
            let rows = rows.iter().filter(|row| row.server == *server);
            median(rows.map(pick).collect())
        };
        let cpu = of(|row| row.measured.cpu_us);
        if cpu.is_nan() {
            println!("| {} | not measured | | | | | | |", server.name());
            continue;
        }
        println!(
            "| {} | {cpu:.2} | {:.2} | {:.0} | {:.2} | {:.0} | {:.0} | {:.2} |",
            server.name(),
            median(ratios(rows, *server)),
            of(|row| row.measured.packets_per_s),
            of(|row| row.measured.loss_percent),
            of(|row| row.measured.p50_us),
            of(|row| row.measured.p99_us),
            of(|row| row.measured.others),
        );
    }
}

/// Prints what allocations cost.
pub fn print_allocations(costs: &[AllocationCost]) {
    println!("\n### 2,000 x (Allocate, CreatePermission, ChannelBind), 32 under way\n");
    println!("| server | per second | CPU us each |\n|---|---|---|");
    for server in [Kind::Coturn, Kind::Ours, Kind::TurnRs] {
        let of = |pick: fn(&AllocationCost) -> f64| {
            let costs = costs.iter().filter(|cost| cost.server == server);
            median(costs.map(pick).collect())
        };
        if of(|cost| cost.per_s).is_finite() {
            println!(
                "| {} | {:.0} | {:.0} |",
                server.name(),
                of(|cost| cost.per_s),
                of(|cost| cost.cpu_us)
            );
        }
    }
}

/// Prints what they weigh.
pub fn print_memory(memories: &[Memory]) {
    println!("\n### Memory\n");
    println!("| server | resident kB at so many allocations | kB per allocation | after release |");
    println!("|---|---|---|---|");
    for memory in memories {
        let steps: Vec<String> = memory
            .resident_kb
            .iter()
            .map(|(n, kb)| format!("{n}: {kb}"))
            .collect();
        println!(
            "| {} | {} | {:.2} | {} |",
            memory.server.name(),
            steps.join(", "),
            memory.kb_per_allocation,
            memory.released_kb
        );
    }
}

/// The last line.
pub fn print_result(measured: &[(Cell, Vec<Row>)], memories: &[Memory]) {
    let ratio = |name: &str| {
        let cells = measured.iter().filter(|(c, _)| c.counts_for == Some(name));
        median(
            cells
                .flat_map(|(_, rows)| ratios(rows, Kind::Ours))
                .collect(),
        )
    };
    let kb = memories
        .iter()
        .find(|memory| memory.server == Kind::Ours)
        .map_or(f64::NAN, |memory| memory.kb_per_allocation);
    println!(
        "\nRESULT relay one_leg_ratio={:.3} one_leg_500_ratio={:.3} two_leg_ratio={:.3} kb_per_allocation={kb:.2}",
        ratio("one_leg_ratio"),
        ratio("one_leg_500_ratio"),
        ratio("two_leg_ratio"),
    );
}
