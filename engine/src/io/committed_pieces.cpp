// engine: the pieces of committed objects, read ahead and given out in order, right or not.
#include "committed_pieces.hpp"

#include "span_sink.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/engine/object_key.hpp>
#include <sluice/s3/error.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

constexpr std::size_t most_ahead = 8; // as many requests hide a round trip
constexpr unsigned readings = 2;      // a bit may flip on the way as well
constexpr const char* token_name = "sluice-token";

/// What an answer says about the object, not about the store; empty: nothing.
std::string about_object(const failure& why) {
    if (why.code == s3::s3_errc::no_such_key) return "the object is missing";
    if (why.code == s3::s3_errc::changed || why.code == s3::s3_errc::precondition_failed)
        return "the object was changed while it was read";
    if (why.code == s3::s3_errc::invalid_range || why.code == s3::s3_errc::unexpected_range)
        return "the object is not as long as committed";
    return std::string();
}

/// What the store says of the whole object, beside what was committed.
std::string differs_from(const s3::object_head& head, const committed_object& object) {
    if (head.size != object.bytes)
        return "the object has " + std::to_string(head.size) + " bytes, committed are " +
               std::to_string(object.bytes);
    const auto token = head.meta.find(token_name);
    if (token != head.meta.end() && token->second != object.token)
        return "the object is not that of the committed attempt";
    const bool summed = head.sum.algorithm == s3::checksum::kind::crc64nvme;
    if (summed && head.sum.value != object.crc64nvme)
        return "the store's checksum of the object is not the one committed";
    return std::string();
}

} // namespace

committed_pieces::committed_pieces(
    any_io_executor on,
    s3::object_store& store,
    const export_folder& where,
    const next_committed_object& next_object,
    std::uint64_t memory,
    deadline by,
    std::optional<position> from
)
    : on_(std::move(on)),
      store_(store),
      where_(where),
      next_object_(next_object),
      memory_(memory),
      by_(by),
      from_(from),
      moved_(on_) {}

void committed_pieces::give_out(shared_piece piece) {
    ahead_.push_back(std::move(piece));
    moved_.beat();
}

void committed_pieces::object_is_wrong(const shared_object& object, const std::string& how) {
    auto piece = std::make_shared<committed_piece>(on_, object);
    piece->object_wrong = true;
    piece->wrong = how;
    piece->arrived.set();
    give_out(std::move(piece));
}

task<void> committed_pieces::room_for(std::uint64_t size) {
    while (held_ > 0 && (held_ + size > memory_ || ahead_.size() >= most_ahead))
        co_await moved_.wait();
    held_ += size;
}

/// False: the object cannot be read, and that was given out. A wrong object of the right size is
/// read all the same: the pieces tell where it differs.
task<bool> committed_pieces::open_object(const shared_object& object, std::string& etag) {
    const std::string key = join_key(where_.folder, object->key);
    auto head = co_await store_.head(where_.bucket, key, by_);
    if (head) {
        etag = head->etag;
        const std::string how = differs_from(*head, *object);
        if (how.empty() || head->size == object->bytes) {
            if (!how.empty()) object_is_wrong(object, how);
            co_return true;
        }
        object_is_wrong(object, how);
        co_return false;
    }
    auto piece = std::make_shared<committed_piece>(on_, object);
    piece->object_wrong = true;
    piece->wrong = about_object(head.error());
    piece->object_missing = head.error().code == s3::s3_errc::no_such_key;
    if (piece->wrong.empty()) piece->failed = head.error();
    piece->arrived.set();
    give_out(std::move(piece));
    co_return false;
}

task<void> committed_pieces::read_piece(shared_piece piece) {
    s3::get_request request;
    request.bucket = where_.bucket;
    request.key = join_key(where_.folder, piece->object.key);
    request.if_match = piece->etag;
    s3::byte_range range;
    range.first = piece->what.at;
    range.size = piece->what.size;
    request.range = range;
    // Nulls and empty values are no bytes of `raw`.
    const unsigned needed = piece->what.size == 0 ? 0 : readings;
    for (unsigned turn = 0; turn < needed; ++turn) {
        piece->bytes.reset(piece->what.size);
        span_sink sink(piece->bytes.span());
        auto got = co_await store_.get(request, sink, by_);
        piece->wrong.clear();
        if (!got) {
            piece->wrong = about_object(got.error());
            if (piece->wrong.empty()) piece->failed = got.error();
            break;
        }
        if (crc64nvme(piece->bytes.view()) == piece->what.crc64nvme) break;
        piece->wrong = "its checksum is not the one committed";
    }
    piece->arrived.set();
}

task<void> committed_pieces::read_object(shared_object object, task_group& group) {
    std::string etag;
    const bool there = co_await open_object(object, etag);
    if (!there) co_return;
    committed_range whole;
    whole.first = object->first;
    whole.next = object->next;
    whole.object = object;
    fetch_window within;
    within.from = from_.value_or(object->first);
    std::vector<fetch_item> items;
    add_fetches(items, whole, within);
    for (const fetch_item& item : items) {
        co_await room_for(item.size);
        auto piece = std::make_shared<committed_piece>(on_, object);
        piece->what = item;
        piece->etag = etag;
        piece->last = &item == &items.back();
        give_out(piece);
        group.spawn([this, piece] { return read_piece(piece); });
    }
}

task<void> committed_pieces::read_all(task_group& group) {
    while (true) {
        auto object = co_await next_object_();
        if (!object) {
            auto piece =
                std::make_shared<committed_piece>(on_, std::make_shared<committed_object>());
            piece->failed = object.error();
            piece->arrived.set();
            give_out(std::move(piece));
        }
        if (!object || !*object) break;
        co_await read_object(std::move(*object), group);
    }
    ended_ = true;
    moved_.beat();
}

task<std::shared_ptr<committed_piece>> committed_pieces::next() {
    if (given_) {
        held_ -= given_->what.size;
        given_.reset();
        moved_.beat();
    }
    while (ahead_.empty() && !ended_)
        co_await moved_.wait();
    if (ahead_.empty()) co_return shared_piece();
    given_ = ahead_.front();
    co_await given_->arrived.wait();
    ahead_.pop_front();
    moved_.beat();
    co_return given_;
}

} // namespace sluice
