// engine: what is wanted of destinations, laid down in the journal.
#include <sluice/base/error.hpp>
#include <sluice/engine/address.hpp>
#include <sluice/engine/destinations.hpp>

#include <algorithm>

namespace sluice {

namespace {

/// A run has told of all partitions; before that any is believed.
bool has_partition(const destination_row& row, std::uint32_t partition) {
    const auto ran = [](const lane_wish_row& lane) { return !lane.observed.empty(); };
    const auto same = [partition](const lane_wish_row& lane) {
        return lane.partition == partition && !lane.observed.empty();
    };
    if (std::none_of(row.lanes.begin(), row.lanes.end(), ran)) return true;
    return std::any_of(row.lanes.begin(), row.lanes.end(), same);
}

result<void> check_part(const destination_row& row, std::optional<std::uint32_t> partition) {
    if (!partition || has_partition(row, *partition)) return result<void>();
    failure why;
    why.code = errc::invalid_argument;
    why.where = "--partition " + std::to_string(*partition) + ": " + row.target + " has " +
                std::to_string(row.lanes.size()) + " of them, from 0 on";
    return why;
}

} // namespace

result<void> want(
    state_store& state,
    const std::string& transfer,
    const std::string& destination,
    std::optional<std::uint32_t> partition,
    const std::string& desired
) {
    auto rows = state.destinations(transfer);
    if (!rows) return rows.error();
    result<void> done;
    if (!destination.empty()) {
        auto found = find_destination(*rows, destination);
        if (!found) return found.error();
        const destination_row& row = (*rows)[*found];
        auto there = check_part(row, partition);
        if (!there) return there;
        if (row.desired != "removed") return state.set_desired(row.id, partition, desired);
        failure why;
        why.code = errc::invalid_argument;
        why.where = row.target + " was removed from " + transfer +
                    "; `sluice transfer add-destination` takes it in again";
        return desired == "removed" ? done : why;
    }
    bool any = false;
    for (const destination_row& row : *rows) {
        any = any || row.desired != "removed";
        if (done && row.desired != "removed") done = check_part(row, partition);
    }
    if (!any) {
        failure why;
        why.code = errc::not_found;
        why.where = "transfer " + transfer +
                    ": no parts of it are known; an import by listing has none, others must have "
                    "run once";
        return why;
    }
    for (const destination_row& row : *rows) {
        if (done && row.desired != "removed") done = state.set_desired(row.id, partition, desired);
    }
    return done;
}

result<void>
add_destination(state_store& state, const std::string& transfer, const std::string& text) {
    auto address = parse_bucket_address(text);
    if (!address) return address.error();
    auto rows = state.destinations(transfer);
    if (!rows) return rows.error();
    destination_row row;
    if (const auto known = same_words(*rows, text)) {
        if ((*rows)[*known].desired != "removed") {
            failure twice;
            twice.code = errc::invalid_argument;
            twice.where = to_string(*address) + ": is a destination of " + transfer + " already";
            return twice;
        }
        row.id = (*rows)[*known].id;
    }
    row.target = to_string(*address);
    row.address = text;
    row.added = true;
    auto put = state.put_destination(transfer, row);
    if (!put) return put.error();
    return state.set_desired(*put, std::nullopt, "running"); // it may have been removed before
}

} // namespace sluice
