// stream: the files of named cursors, and the lock under which they come, go and are counted.
#include "cursor_files.hpp"

#include "../../core/log_bytes.hpp"

#include <sluice/base/error.hpp>
#include <sluice/stream/error.hpp>

#include <algorithm>

namespace sluice::log {

namespace {

constexpr std::int64_t nowhere = -1;
constexpr std::size_t place_bytes = 16; // sequence and offset

result<named_cursor> read_cursor(const stream_place& at, const std::string& name) {
    auto opened = at.files->open(at.cursors() / name, open_mode::write);
    if (!opened) return opened.error();
    auto free = (*opened)->try_lock();
    if (!free) return free.error();
    slot_file slots(std::move(*opened), places_size(at.about.partitions));
    auto stored = slots.load();
    if (!stored) return stored.error();
    named_cursor found;
    found.name = name;
    found.in_use = !*free;
    found.places.resize(at.about.partitions);
    if (*stored) found.places = decode_places(**stored, at.about.partitions);
    return found;
}

} // namespace

std::size_t places_size(std::uint32_t partitions) {
    return partitions * place_bytes;
}

byte_vector encode_places(const cursor_places& places) {
    byte_vector payload(places.size() * place_bytes);
    for (std::size_t n = 0; n < places.size(); ++n) {
        put(payload, n * place_bytes, places[n] ? places[n]->sequence : nowhere);
        put(payload, n * place_bytes + 8, places[n] ? places[n]->offset : 0);
    }
    return payload;
}

cursor_places decode_places(bytes_view payload, std::uint32_t partitions) {
    cursor_places places(partitions);
    for (std::uint32_t n = 0; n < partitions; ++n) {
        const auto sequence = get<std::int64_t>(payload, n * place_bytes);
        if (sequence == nowhere) continue;
        places[n] = position{n, sequence, get<std::int64_t>(payload, n * place_bytes + 8)};
    }
    return places;
}

result<std::unique_ptr<file>> lock_cursors(const stream_place& at) {
    auto opened = at.files->open(at.cursors_lock(), open_mode::create);
    if (!opened) return opened.error();
    auto locked = (*opened)->wait_for_lock();
    if (!locked) return locked.error();
    return std::move(*opened);
}

result<std::vector<named_cursor>> list_cursors(const stream_place& at) {
    auto names = at.files->list(at.cursors());
    if (!names && names.error().code == errc::not_found) return std::vector<named_cursor>();
    if (!names) return names.error();
    std::ranges::sort(*names);
    std::vector<named_cursor> found;
    for (const std::string& name : *names) {
        if (!is_stream_name(name)) continue;
        auto each = read_cursor(at, name);
        if (!each) return each.error();
        found.push_back(std::move(*each));
    }
    return found;
}

result<void> remove_cursor(const stream_place& at, const std::string& name) {
    const auto refuse = [&at, &name](error_code code, const char* why) {
        return stream_failure(code, "stream " + at.about.name + ": cursor " + name + why);
    };
    if (!is_stream_name(name)) return refuse(errc::invalid_argument, " is not a name");
    auto opened = at.files->open(at.cursors() / name, open_mode::write);
    if (!opened && opened.error().code == errc::not_found)
        return refuse(
            stream_errc::no_such_cursor,
            ": there is none; `sluice stream cursors` shows which there are"
        );
    if (!opened) return opened.error();
    auto free = (*opened)->try_lock();
    if (!free) return free.error();
    if (!*free) return refuse(stream_errc::locked, " is in use by another process");
    auto removed = at.files->remove(at.cursors() / name);
    if (!removed) return removed;
    return at.files->sync_directory(at.cursors());
}

} // namespace sluice::log
