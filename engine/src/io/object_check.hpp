// engine: one committed object beside what it holds, and beside the stream.
#pragma once

#include "../core/import_window.hpp"
#include "committed_pieces.hpp"
#include "stream_comparison.hpp"

#include <sluice/engine/catalogue.hpp>
#include <sluice/stream/event_sum.hpp>
#include <sluice/stream/values.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace sluice {

/// The verification under way.
struct verification {
    any_io_executor on;
    s3::object_store& store;
    const export_folder& where;
    reader* against;
    std::uint64_t memory;
    deadline by;
    std::function<void(std::uint64_t)> progressed;
    verify_report report;
    object_format format = object_format::avro;
    const imported_stream* copy = nullptr; ///< set: what of the export `against` was filled with
    const std::string* other = nullptr;    ///< set: the export that `against` reads
    /// Of `delimited`: an event may begin in one piece and end in another. None: where the next
    /// piece begins is not known, because the one before was wrong.
    std::unique_ptr<value_decoder> values = nullptr;
    event_sum fragments = event_sum(); ///< of an event that may lie in several objects
    bool unread = false; ///< of some partition the commits cannot be read, which is told
    std::set<std::uint32_t> bare = {}; ///< partitions without any commit, or object

    /// What is compared with, for people.
    std::string rival() const { return other ? *other : std::string("the stream"); }
    void problem(const std::string& text) { report.problems.push_back(text); }
    /// A problem of this object; `differs`: it is as committed, but not what the stream holds.
    void damage(const committed_object& object, const std::string& text, bool differs = false);
};

/// What is known of the object whose pieces are being checked.
struct object_check {
    std::uint64_t events = 0;
    position reached;
    bool whole = true;
    std::optional<stream_comparison> stream; ///< none: nothing (more) to compare with
    import_window compared;                  ///< the records that it is compared with
};

/// The object's address, for people.
std::string object_text(const verification& at, const committed_object& object);

/// The piece's place in it, for people.
std::string piece_text(const verification& at, const committed_piece& piece);
/// Tells when the stream holds more than the object whose last piece this is. Errors: the reader's.
task<result<void>> compare_end(verification& at, const committed_piece& piece, object_check& check);

/// What is compared with is an export of which this could not be read: of the object, nothing more
/// is compared, which a note tells. False: the failure is another one.
bool is_damage_of_other(
    verification& at, const committed_piece& piece, object_check& check, const failure& why
);

/// Checks the next piece of the object, and with the last one the object; what is wrong goes to the
/// report. Errors: the store's and the reader's.
task<result<void>> check_piece(verification& at, const committed_piece& piece, object_check& check);

} // namespace sluice
