// engine: an import from commits where there are some, else by listing.
#include "chosen_import.hpp"

#include "import_run.hpp"
#include "listing_import.hpp"

#include <sluice/engine/catalogue.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/object_key.hpp>

#include <optional>
#include <string_view>
#include <utility>

namespace sluice {

namespace {

/// A key of an export, wherever below the prefix that lies.
bool is_of_an_export(std::string_view relative) {
    const std::string inside = "/" + std::string(relative);
    if (inside.find("/_sluice/") != std::string::npos) return true;
    const std::size_t partition = inside.rfind("/partition=");
    return partition != std::string::npos &&
           parse_object_key(std::string_view(inside).substr(partition + 1)).has_value();
}

/// Names that an import by listing passes over.
bool is_hidden(std::string_view relative) {
    const std::string inside = "/" + std::string(relative);
    return inside.find("/_") != std::string::npos || inside.find("/.") != std::string::npos ||
           inside.back() == '/'; // a folder, as consoles make them
}

class chosen_import final : public transfer_work {
  public:
    chosen_import(
        transfer::state& shared,
        const import_spec& spec,
        bucket_address from,
        std::unique_ptr<s3::client> client,
        log_store streams,
        std::string stream
    )
        : shared_(shared),
          spec_(spec),
          address_(std::move(from)),
          client_(std::move(client)),
          streams_(std::move(streams)),
          stream_(std::move(stream)),
          patient_(spec.rules.retry_for) {}

    task<void> work() override {
        auto chosen = co_await choose();
        if (!chosen) {
            outcome_ = chosen.error();
            co_return;
        }
        const auto make = spec_.listing ? &make_listing_import : &make_import;
        inner_ = make(
            shared_, spec_, address_, std::move(client_), std::move(streams_), std::move(stream_)
        );
        if (closed_) inner_->close();
        co_await inner_->work();
    }

    void close() override {
        closed_ = true;
        if (inner_) inner_->close();
    }
    bool can_seal() const override { return inner_ && inner_->can_seal(); }
    task<result<void>> farewell(wish what) override {
        if (!inner_) co_return result<void>();
        auto done = co_await inner_->farewell(what);
        co_return done;
    }
    progress look(double seconds) override;
    std::optional<failure> outcome() const override {
        return inner_ ? inner_->outcome() : outcome_;
    }
    side outcome_side() const override { return inner_ ? inner_->outcome_side() : side::source; }

  private:
    task<result<void>> choose();

    transfer::state& shared_;
    import_spec spec_;
    bucket_address address_;
    std::unique_ptr<s3::client> client_; ///< until the choice is made
    log_store streams_;
    std::string stream_;
    patience patient_;
    std::string last_error_;
    bool closed_ = false;
    std::shared_ptr<transfer_work> inner_; ///< once the choice is made
    std::optional<failure> outcome_;       ///< before that
};

task<result<void>> chosen_import::choose() {
    const deadline by = deadline::never();
    const auto listed = spec_by_listing(spec_);
    if (!listed) co_return result<void>();
    auto find = [this, by] { return find_folder(*client_, address_.bucket, address_.prefix, by); };
    auto found = co_await persistently(shared_.run, patient_, last_error_, find);
    const bool none = !found && found.error().code == engine_errc::no_export_here;
    if (!found && !none) co_return found.error();
    if (!none) co_return result<void>();
    auto list = [this, by] {
        return holds_foreign_objects(*client_, address_.bucket, address_.prefix, by);
    };
    auto foreign = co_await persistently(shared_.run, patient_, last_error_, list);
    if (!foreign) co_return foreign.error();
    if (!*foreign) co_return result<void>();
    shared_.run.log.write(
        log_level::warning,
        to_string(address_) +
            ": no export lies here, so its objects are imported by listing, in the order of their "
            "keys, into one partition with sequences of its own; --by-listing says the same"
    );
    spec_ = *listed;
    co_return result<void>();
}

progress chosen_import::look(double seconds) {
    if (inner_) return inner_->look(seconds);
    progress now;
    now.name = shared_.run.name;
    now.kind = "import";
    target_progress seen;
    seen.target = to_string(address_);
    seen.state = outcome_ ? "failed" : "running";
    seen.last_error = outcome_ ? describe(*outcome_) : last_error_;
    now.targets.push_back(seen);
    return now;
}

} // namespace

std::optional<import_spec> spec_by_listing(const import_spec& spec) {
    const places anywhere;
    const bool plain = spec.partitions.empty() && spec.start.each.empty() &&
                       spec.end.each.empty() && spec.start.all == anywhere.all &&
                       (spec.end.all == anywhere.all || spec.end.all.what == place::kind::latest);
    // Who follows waits for an export to begin, perhaps: what lies there by then is no answer.
    if (spec.listing || spec.follow || !plain) return std::nullopt;
    import_spec listed = spec;
    listed.listing.emplace();
    listed.listing->shard = spec.shard;
    listed.shard = listing_shard();
    return listed;
}

task<result<bool>> holds_foreign_objects(
    s3::object_store& store, std::string bucket, std::string prefix, deadline by
) {
    s3::list_request request;
    request.bucket = std::move(bucket);
    request.prefix = prefix.empty() ? "" : prefix + "/";
    auto page = co_await store.list(request, by);
    if (!page) co_return page.error();
    bool foreign = false;
    for (const s3::listed_object& each : page->objects) {
        const std::string_view relative = std::string_view(each.key).substr(request.prefix.size());
        if (is_of_an_export(relative)) co_return false;
        foreign = foreign || !is_hidden(relative);
    }
    co_return foreign;
}

std::shared_ptr<transfer_work> make_chosen_import(
    transfer::state& shared,
    const import_spec& spec,
    bucket_address from,
    std::unique_ptr<s3::client> client,
    log_store streams,
    std::string stream
) {
    return std::make_shared<chosen_import>(
        shared, spec, std::move(from), std::move(client), std::move(streams), std::move(stream)
    );
}

} // namespace sluice
