// fuzzing: heads of answers, what is read from them, chunked bodies, and the failures that answers
// are.
#include "core/chunked_reader.hpp"
#include "core/response_reader.hpp"
#include "fuzz.hpp"
#include "io/head_parser.hpp"

#include <sluice/s3/error.hpp>

#include <algorithm>

using namespace sluice;
using namespace sluice::s3;

namespace {

struct unchunked {
    std::string data;
    bool done = false, malformed = false;
    std::size_t used = 0;
};

/// The body, of which so many bytes come at a time.
unchunked read_chunks(std::string_view text, std::size_t slice) {
    unchunked read;
    chunked_reader reader;
    std::string held;
    std::size_t given = 0;
    while (!read.done && !read.malformed) {
        const chunked_reader::step step = reader.next(held);
        read.data += step.data;
        read.done = step.done;
        read.malformed = step.malformed;
        read.used += step.used;
        held.erase(0, step.used);
        if (step.used > 0 || read.done || read.malformed) continue;
        if (given == text.size()) break;
        const std::string_view more = text.substr(given, slice);
        held += more;
        given += more.size();
    }
    return read;
}

void chunks(std::string_view text) {
    const unchunked whole = read_chunks(text, text.size() + 1);
    fuzz::must(whole.used <= text.size(), "no more is used than there is");
    fuzz::must(whole.data.size() <= whole.used, "framing makes nothing longer");
    const unchunked bytes = read_chunks(text, 1);
    fuzz::must(whole.data == bytes.data && whole.done == bytes.done, "slices do not matter");
    fuzz::must(whole.malformed == bytes.malformed, "slices do not make good");
}

void meaning(const answer& got) {
    const failure why = read_failure(got, subject::object);
    fuzz::must(why.code.failed(), "a failure has a code");
    fuzz::must(why.peer_text.size() <= 1024 && !why.peer_text.empty(), "what was said is short");
    fuzz::must(describe(why).find('\n') == std::string::npos, "a failure is one line");
    fuzz::must(is_header_safe(read_region(got)), "a region can be sent");
    if (const auto hidden = read_hidden_failure(got, subject::upload))
        fuzz::must(hidden->code.failed(), "a hidden failure has a code");
}

void data_of(const response_head& head) {
    get_request what;
    for (const bool ranged : {false, true}) {
        if (ranged) what.range = byte_range{5, 20};
        range_progress progress(what);
        const auto size = progress.begin(head);
        if (!fuzz::accepted(size)) continue;
        fuzz::must(head.content_length == *size, "as much is read as was announced");
        fuzz::must(!ranged || *size == 20, "as much is read as was asked for");
        progress.took(1);
        if (*size > 1)
            fuzz::must(progress.next_request().range->size == *size - 1, "the rest is asked for");
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    chunks(text);
    (void)read_content_range(text);
    const std::size_t end = find_head_end(text);
    if (end == 0) return 0;
    chunks(text.substr(end));
    auto head = parse_response_head(text.substr(0, end));
    if (!fuzz::accepted(head)) return 0;
    for (const header& each : head->headers) {
        fuzz::must(is_header_name(each.name), "a header's name is one");
        fuzz::must(each.value.find_first_of("\r\n") == std::string::npos, "a value is one line");
    }
    (void)read_retry_hint(*head);
    (void)read_server_time(*head);
    (void)read_abort_date(*head);
    (void)fuzz::accepted(read_object_head(*head));
    (void)fuzz::accepted(read_etag(*head));
    data_of(*head);
    answer got;
    got.head = std::move(*head);
    got.text = text.substr(end);
    meaning(got);
    return 0;
}
