// engine: the pieces of committed objects, read ahead and given out in order, right or not.
#pragma once

#include "../core/fetch_plan.hpp"

#include <sluice/base/buffer.hpp>
#include <sluice/base/deadline.hpp>
#include <sluice/base/event.hpp>
#include <sluice/base/task_group.hpp>
#include <sluice/engine/catalogue.hpp>
#include <sluice/s3/object_store.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace sluice {

using shared_object = std::shared_ptr<const committed_object>;
/// The next object to be read; null: there is none. Asked from one coroutine.
using next_committed_object = std::function<task<result<shared_object>>()>;

/// One piece, or, where `object_wrong`, what is wrong with a whole object (no pieces follow then).
struct committed_piece {
    committed_piece(any_io_executor on, shared_object of)
        : kept(std::move(of)), object(*kept), arrived(on) {}

    shared_object kept;
    const committed_object& object; ///< an empty one where not even that could be read
    fetch_item what;
    bool last = false; ///< of its object
    std::string etag;
    buffer bytes;
    std::string wrong; ///< why it is not what was committed; empty: it is
    bool object_wrong = false;
    bool object_missing = false;
    std::optional<failure> failed; ///< the store could not be asked
    event arrived;
};

/// Use from one strand. What it refers to must outlive it.
class committed_pieces {
  public:
    /// Holds pieces of up to `memory` bytes at a time, and at least one. Pieces that hold nothing
    /// at or behind `from` are left out; where it is not given, none is.
    committed_pieces(
        any_io_executor on,
        s3::object_store& store,
        const export_folder& where,
        const next_committed_object& next_object,
        std::uint64_t memory,
        deadline by,
        std::optional<position> from = std::nullopt
    );

    /// Reads ahead until the end; spawned into `group`, which the reading belongs to.
    task<void> read_all(task_group& group);
    /// The next piece, arrived; null at the end.
    task<std::shared_ptr<committed_piece>> next();

  private:
    using shared_piece = std::shared_ptr<committed_piece>;

    task<bool> open_object(const shared_object& object, std::string& etag);
    task<void> read_object(shared_object object, task_group& group);
    task<void> read_piece(shared_piece piece);
    task<void> room_for(std::uint64_t size);
    void give_out(shared_piece piece);
    void object_is_wrong(const shared_object& object, const std::string& how);

    any_io_executor on_;
    s3::object_store& store_;
    const export_folder& where_;
    const next_committed_object& next_object_;
    std::uint64_t memory_;
    deadline by_;
    std::optional<position> from_;
    std::deque<shared_piece> ahead_;
    shared_piece given_; ///< its memory is free when the next one is asked for
    std::uint64_t held_ = 0;
    bool ended_ = false;
    pulse moved_;
};

} // namespace sluice
