// engine: what is wanted of destinations, laid down in the journal.
#include <sluice/base/error.hpp>
#include <sluice/engine/address.hpp>
#include <sluice/engine/destinations.hpp>

namespace sluice {

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
        if (row.desired != "removed") return state.set_desired(row.id, partition, desired);
        failure why;
        why.code = errc::invalid_argument;
        why.where = row.target + " was removed from " + transfer +
                    "; `sluice transfer add-destination` takes it in again";
        return desired == "removed" ? done : why;
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
    return result<void>();
}

} // namespace sluice
