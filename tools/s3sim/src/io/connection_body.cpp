// s3sim: bodies of requests, read straight to where they stay.
#include "core/chunked_body.hpp"
#include "io/body_digest.hpp"
#include "io/connection.hpp"

#include <algorithm>
#include <cstring>

namespace sluice::sim {

namespace connection_body_detail {

constexpr std::uint64_t max_text_bytes = 4 << 20;

/// False when the medium is full.
bool write_all(blob_writer& to, bytes_view data) {
    while (!data.empty()) {
        const auto window = to.window();
        const auto size = std::min(window.size(), data.size());
        std::memcpy(window.data(), data.data(), size);
        if (!to.advance(size)) return false;
        data = data.subspan(size);
    }
    return true;
}

} // namespace connection_body_detail

using connection_body_detail::write_all;

/// Next bytes of the body: what came with the head, then from the wire. Never beyond the body.
task<std::size_t> connection::read_some(exchange& now, bytes_span to) {
    to = to.first(std::min<std::uint64_t>(to.size(), now.left));
    if (to.empty()) co_return 0;
    std::size_t got = std::min(end_ - begin_, to.size());
    if (got > 0) {
        std::memcpy(to.data(), head_.view().data() + begin_, got);
        begin_ += got;
    } else {
        got = co_await stream_->read_some(to);
    }
    now.left -= got;
    co_return got;
}

/// Tells a client that waits for it that the body is wanted, also when the body is empty.
task<bool> connection::invite_body(exchange& now) {
    if (!now.wants_continue || now.faults.no_continue) co_return true;
    now.wants_continue = false;
    const std::string_view go = "HTTP/1.1 100 Continue\r\n\r\n";
    co_return co_await stream_->write(as_bytes(go), bytes_view());
}

/// False when the connection ended before the body did. `refused` when the body is not what the
/// head promised or there is no room for it.
task<bool> connection::read_body(exchange& now, received& to, std::optional<refusal>& refused) {
    body_digest digest(now.ask);
    const bool invited = co_await invite_body(now);
    if (!invited) co_return false;
    if (body_of(now.ask.to.what) == body_kind::blob) {
        auto writer = here_.things().writer(now.ask.length);
        bool room = writer != nullptr;
        if (room && now.ask.payload.in_chunks) {
            const bool whole = co_await read_chunks(now, *writer, digest, refused);
            if (!whole) co_return false;
            if (refused) co_return true;
        }
        while (room && now.left > 0) {
            const auto window = writer->window();
            const auto got = co_await read_some(now, window);
            if (got == 0) co_return false;
            digest.update(window.first(got));
            room = writer->advance(got);
        }
        if (room) to.data = writer->finish();
        if (!to.data) {
            refused = refuse(500, "InternalError", "The simulator has no room for this body");
            co_return true;
        }
    } else {
        if (now.left > connection_body_detail::max_text_bytes) {
            refused = refuse(400, "MaxMessageLengthExceeded", "Your request was too big.");
            co_return true;
        }
        const bool whole = co_await read_text(now, to.text);
        if (!whole) co_return false;
        digest.update(as_bytes(to.text));
    }
    auto sums = digest.finish();
    if (!sums) refused = sums.error();
    if (sums) to.sums = std::move(*sums);
    to.md5 = digest.md5_text();
    co_return true;
}

task<bool> connection::read_chunks(
    exchange& now, blob_writer& to, body_digest& digest, std::optional<refusal>& refused
) {
    auto& ask = now.ask;
    chunk_decoder frames(ask.payload, ask.length, std::string(ask.head.get("x-amz-trailer")));
    buffer window(256 << 10);
    while (now.left > 0) {
        const auto got = co_await read_some(now, window.span());
        if (got == 0) co_return false;
        auto input = window.view().first(got);
        while (!input.empty()) {
            auto step = frames.next(input);
            if (!step) {
                refused = step.error();
                co_return true;
            }
            digest.update(step->data);
            if (!write_all(to, step->data)) {
                refused = refuse(500, "InternalError", "The simulator has no room for this body");
                co_return true;
            }
            input = input.subspan(step->used);
        }
    }
    if (!frames.done()) {
        refused = refuse(400, "IncompleteBody", "The body ends before its last chunk");
    } else if (ask.sums.behind_body && !take_trailer(ask.sums, frames.trailer_value())) {
        refused = refuse(400, "MalformedTrailerError", "The trailer is no checksum");
    }
    co_return true;
}

task<bool> connection::read_text(exchange& now, std::string& to) {
    if (now.left > connection_body_detail::max_text_bytes) co_return false;
    to.resize(now.left);
    std::size_t filled = 0;
    while (now.left > 0) {
        const auto window = std::as_writable_bytes(std::span(to)).subspan(filled);
        const auto got = co_await read_some(now, window);
        if (got == 0) co_return false;
        filled += got;
    }
    co_return true;
}

/// Reads and drops at most `most` bytes of the body; false when the connection ended.
task<bool> connection::skip_body(exchange& now, std::uint64_t most) {
    buffer drop(std::min<std::uint64_t>(most, 256 << 10));
    while (now.left > 0 && most > 0) {
        const auto window = drop.span().first(std::min<std::uint64_t>(drop.size(), most));
        const auto got = co_await read_some(now, window);
        if (got == 0) co_return false;
        most -= got;
    }
    co_return true;
}

} // namespace sluice::sim
