// engine: a partition that an import by listing fills, and where the import stands in it.
#pragma once

#include "../core/listing_order.hpp"
#include "transfer_run.hpp"

#include <sluice/base/task.hpp>
#include <sluice/engine/progress.hpp>
#include <sluice/stream/batch_builder.hpp>
#include <sluice/stream/writer.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// Events go into `events()`; `gather` makes steps of what is built, each with the place that it
/// reaches, and `append` puts what was gathered into the stream: one sync for all of it.
/// `reached()` is ahead of the stream by what was gathered. Use on the transfer's strand.
/// Cancellation of all: terminal; the stream then says how to go on.
class listing_target {
  public:
    /// `begin`: an import from there that has come to no object yet. `to` must outlive it.
    listing_target(
        writer& to, std::uint32_t partition, listing_progress begin, target_progress& seen
    );

    /// Recalls where the import stands, of `needed` partitions that it fills. An event that is open
    /// began in an object that is read again, from there: it is the first one to be added to
    /// `events()`, from its beginning, and goes on where it was interrupted. Errors:
    /// usage, other_incarnation where the stream was filled in another way; those of the writer.
    task<result<void>> recall(std::uint32_t needed);

    listing_progress& reached() { return reached_; }
    batch_builder& events() { return *events_; }

    /// Comes to the object, or back to it where the import stopped inside. An event that was left
    /// open goes on in it: until that is whole, the import stands where it begins.
    void come_to(const foreign_object& what);
    /// Back before the object come to, of which nothing was gathered. False: the import stopped
    /// inside it before, and there is no way back.
    bool go_back();
    /// What `events` has finished. The object has ended inside an event.
    void gather_open();
    /// That event is whole, `inside` of the object come to were its own. What `events` has is
    /// gathered.
    void go_over(std::uint64_t inside);
    /// Nothing more is open, as what was left so is whole without another object: all objects come
    /// to are done.
    void gather_all();
    /// Behind the last object come to, whatever is open there: where the next one is looked for.
    listing_progress frontier() const;
    bool event_open() const { return open_; }
    /// The next event is the one that was open when the import began.
    bool goes_on_inside() const { return goes_on_; }
    /// What `events` has finished; at the object's end all it has, and the object is done.
    void gather(bool object_ends);
    std::size_t gathered_bytes() const { return gathered_bytes_ + events_->pending_bytes(); }
    /// Errors: those of the writer.
    task<result<void>> append();
    /// The rest of the object come to is not imported, nor is it read another time. Errors: those
    /// of the writer.
    task<result<void>> leave_out();
    /// Gives back the memory of batches, where nothing waits: others may have their turn now.
    void rest();
    /// `reached` as it is, with no event. Errors: those of the writer.
    task<result<void>> note();

  private:
    /// Objects come to in which an event goes on that began before them.
    struct objects_ahead {
        std::uint64_t count = 0;
        foreign_object last;
        std::string newest;
    };

    void add_step(const record_batch& batch);
    void add_built(const batch_builder::built& each);
    void keep(std::vector<batch_builder::built> built);
    void move_ahead();
    void begin_events(batch_builder::open_event there);
    task<result<void>> give_up_open_event();

    writer& to_;
    std::uint32_t partition_;
    listing_progress reached_;
    bool goes_on_ = false; ///< the stream has the beginning of the next event
    bool open_ = false;    ///< the object come to last has ended inside an event
    objects_ahead ahead_;
    /// Before the object come to, if that is a new one.
    std::optional<std::pair<listing_progress, objects_ahead>> before_;
    target_progress& seen_;
    std::optional<batch_builder> events_;
    std::uint64_t begun_ = 0; ///< events of the object in steps, also one that is open
    std::uint64_t whole_ = 0; ///< events that were gathered and are not in the stream yet
    std::uint64_t ended_ = 0; ///< objects, likewise
    std::vector<append_step> steps_;
    std::vector<batch_builder::built> built_; ///< what the steps point into
    std::size_t gathered_bytes_ = 0;
};

} // namespace sluice
