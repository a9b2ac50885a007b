// tools: stored records as output of `stream cat`: fragments joined, within a limit.
#include "event_printer.hpp"

#include "transfer_options.hpp"

#include <sluice/stream/format.hpp>

#include <algorithm>

namespace sluice::command {

namespace {

byte_vector copy_of(bytes_view bytes) {
    return byte_vector(bytes.begin(), bytes.end());
}

bool ends_event(const record& what) {
    return !what.part || what.part->last.has_value();
}

} // namespace

result<print_format> parse_print_format(const std::string& name) {
    if (name == "ndjson") return print_format::ndjson;
    if (name == "lines") return print_format::lines;
    if (name == "raw") return print_format::raw;
    return usage_failure("--format " + name + ": must be ndjson, lines or raw");
}

result<bool> event_printer::print(const record& what, std::string& out) {
    auto same = sum_.take(what);
    if (!same) return same.error();
    return format_ == print_format::ndjson ? print_json(what, out) : print_value(what, out);
}

bool event_printer::print_value(const record& what, std::string& out) {
    if (what.value) out += as_text(*what.value);
    const bool whole = ends_event(what);
    if (whole && format_ == print_format::lines) out += '\n';
    return whole;
}

void event_printer::keep_first(const record& what) {
    joining_ = true;
    kept_.clear();
    sequence_ = what.sequence;
    timestamp_ = what.timestamp;
    key_.reset();
    if (what.key) key_ = copy_of(*what.key);
    headers_.clear();
    for (const header& each : what.headers) {
        kept_header copy;
        copy.name = each.name;
        if (each.value) copy.value = copy_of(*each.value);
        headers_.push_back(std::move(copy));
    }
}

record event_printer::kept_record() const {
    record whole;
    whole.sequence = sequence_;
    whole.timestamp = timestamp_;
    if (key_) whole.key = bytes_view(*key_);
    for (const kept_header& each : headers_) {
        header shown;
        shown.name = each.name;
        if (each.value) shown.value = bytes_view(*each.value);
        whole.headers.push_back(shown);
    }
    whole.value = bytes_view(kept_);
    return whole;
}

/// What was kept goes out as fragments; the rest of the event follows as it comes.
void event_printer::give_up_joining(std::string& out) {
    record piece = kept_record();
    const bytes_view whole(kept_);
    for (std::size_t at = 0; at < whole.size(); at += max_fragment_bytes) {
        piece.value = whole.subspan(at, std::min(max_fragment_bytes, whole.size() - at));
        piece.part.emplace();
        piece.part->offset = static_cast<std::int64_t>(at);
        append_json_event(out, piece);
        piece.timestamp.reset();
        piece.key.reset();
        piece.headers.clear();
    }
    joining_ = false;
    kept_ = byte_vector();
}

bool event_printer::continues(const record& what) const {
    return what.sequence == sequence_ && what.part &&
           what.part->offset == static_cast<std::int64_t>(kept_.size());
}

bool event_printer::print_json(const record& what, std::string& out) {
    if (joining_ && !continues(what)) give_up_joining(out); // something of it is missing
    if (!what.part) {
        append_json_event(out, what);
        return true;
    }
    if (what.part->offset == 0) keep_first(what);
    const std::size_t size = what.value ? what.value->size() : 0;
    if (joining_ && kept_.size() + size > join_limit_) give_up_joining(out);
    if (!joining_) {
        append_json_event(out, what);
        return ends_event(what);
    }
    if (what.value) append(kept_, *what.value);
    if (!what.part->last) return false;
    append_json_event(out, kept_record());
    joining_ = false;
    return true;
}

} // namespace sluice::command
