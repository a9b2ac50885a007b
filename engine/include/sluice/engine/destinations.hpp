// engine: destinations of a transfer, as people name them and as wishes change them.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/engine/state_store.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Which of `rows` an address means: that of its bucket and prefix and, where it names one, its
/// endpoint. One that was removed counts only where no other fits. Errors: errc::not_found, naming
/// those there are; errc::invalid_argument for no address, or when several fit.
result<std::size_t>
find_destination(const std::vector<destination_row>& rows, std::string_view address);

/// Lays down what is wanted of a destination (empty: of all) or of one partition towards it;
/// `desired` as in destination_row. Blocks. Errors: as above; those of the journal.
result<void> want(
    state_store& state,
    const std::string& transfer,
    const std::string& destination,
    std::optional<std::uint32_t> partition,
    const std::string& desired
);

/// Makes an address one of the transfer's destinations, or again. Blocks. Errors:
/// errc::invalid_argument for no address, or when it is one already; those of the journal.
result<void>
add_destination(state_store& state, const std::string& transfer, const std::string& address);

/// The row for this address, to be opened: of the rows that mean the same place by their own words.
std::optional<std::size_t>
same_words(const std::vector<destination_row>& rows, const std::string& address);

/// Whether nothing more happens to it unless somebody asks for it.
bool is_at_rest(const std::string& observed);

} // namespace sluice
