// simulation: machines, their disks, a cloud, and what was written into the stream.
#pragma once

#include "disk.hpp"
#include "log_files.hpp"
#include "store.hpp"

#include <sluice/engine.hpp>
#include <sluice/stream/log_store.hpp>

#include <boost/asio/io_context.hpp>

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace sluice::simulation {

/// What a partition of the source must hold: the encoding of all its events, one behind the other.
struct written_partition {
    std::string acknowledged;
    position end;
    std::int64_t events = 0;
    struct batch {
        std::string bytes;
        position next;
        std::int64_t events = 0;
    };
    std::vector<batch> pending;                     ///< given to a writer that died before it told
    std::vector<std::optional<std::string>> values; ///< of the events that are acknowledged
    std::vector<std::optional<std::string>> pending_values;
};

class world {
  public:
    world(std::uint64_t seed, std::string root, bool talks);
    ~world();
    world(const world&) = delete;

    std::mt19937_64 draws;
    boost::asio::io_context context{1};
    cloud s3;
    std::map<std::string, machine_disk> machines;
    std::vector<written_partition> truth;
    std::vector<std::string> violations;
    std::uint64_t deaths = 0;

    std::uint64_t draw(std::uint64_t below) { return draws() % below; }
    bool chance(unsigned of_hundred) { return draw(100) < of_hundred; }
    template <class T>
    T one_of(std::initializer_list<T> what) {
        return *(what.begin() + draw(what.size()));
    }
    void violated(const std::string& what);
    void say(const std::string& what) const;
    bool talks() const { return talks_; }

    std::string log_folder() const { return root_ + "/m0/log"; }
    std::string state_file(const std::string& machine) const {
        return root_ + "/" + machine + "/state.db";
    }
    void forget_state(const std::string& machine);
    machine_disk& disk_of(const std::string& name);
    task<void> wait(std::chrono::milliseconds span);

  private:
    std::string root_;
    bool talks_;
};

/// Where log lines of a process go.
class life_log final : public logger {
  public:
    life_log(const world& in, std::string whose) : in_(in), whose_(std::move(whose)) {}
    using logger::write;
    void
    write(log_level, std::string_view message, const log_field* fields, std::size_t count) override;

  private:
    const world& in_;
    std::string whose_;
};

} // namespace sluice::simulation
