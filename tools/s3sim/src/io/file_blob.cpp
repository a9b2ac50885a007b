// s3sim: files by their descriptors, which are open only while they are used.
#include "io/file_blob.hpp"

#include <sluice/base/buffer.hpp>

#include <atomic>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace sluice::sim {

namespace file_detail {

constexpr std::size_t window_bytes = std::size_t(1) << 20;

class descriptor {
  public:
    descriptor(const std::filesystem::path& path, int flags)
        : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
    ~descriptor() { close(); }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    int get() const { return fd_; }
    bool close() { return fd_ < 0 || ::close(std::exchange(fd_, -1)) == 0; }

  private:
    int fd_;
};

bool write_all(int fd, bytes_view data) {
    while (!data.empty()) {
        const auto done = ::write(fd, data.data(), data.size());
        if (done < 0) return false;
        data = data.subspan(static_cast<std::size_t>(done));
    }
    return true;
}

class file_blob final : public blob {
  public:
    file_blob(const std::filesystem::path& folder, std::string name, std::uint64_t size)
        : path_(folder / name), name_(std::move(name)), size_(size) {}
    ~file_blob() override {
        if (discarded_) ::unlink(path_.c_str());
    }

    std::uint64_t size() const override { return size_; }

    bool read(std::uint64_t offset, bytes_span to) const override {
        const descriptor file(path_, O_RDONLY);
        while (file.get() >= 0 && !to.empty()) {
            const auto got = ::pread(file.get(), to.data(), to.size(), static_cast<off_t>(offset));
            if (got <= 0) return false;
            offset += static_cast<std::uint64_t>(got);
            to = to.subspan(static_cast<std::size_t>(got));
        }
        return file.get() >= 0;
    }

    void flip_bit(std::uint64_t offset) override {
        const descriptor file(path_, O_RDWR);
        std::byte one{};
        if (file.get() < 0 || ::pread(file.get(), &one, 1, static_cast<off_t>(offset)) != 1) return;
        one ^= std::byte{1};
        if (::pwrite(file.get(), &one, 1, static_cast<off_t>(offset)) != 1) return;
    }

    const std::string& name() const override { return name_; }
    void discard() override { discarded_ = true; }

  private:
    std::filesystem::path path_;
    std::string name_;
    std::uint64_t size_;
    std::atomic<bool> discarded_{false};
};

class file_writer final : public blob_writer {
  public:
    file_writer(const std::filesystem::path& folder, std::string name)
        : folder_(folder),
          name_(std::move(name)),
          file_(folder_ / name_, O_WRONLY | O_CREAT | O_EXCL),
          window_(window_bytes) {}
    ~file_writer() override {
        if (!finished_) ::unlink((folder_ / name_).c_str());
    }

    bool good() const { return file_.get() >= 0; }
    bytes_span window() override { return window_.span(); }

    bool advance(std::size_t filled) override {
        size_ += filled;
        return write_all(file_.get(), window_.view().first(filled));
    }

    blob_ptr finish() override {
        finished_ = file_.close();
        if (!finished_) return nullptr;
        return std::make_shared<file_blob>(folder_, name_, size_);
    }

  private:
    std::filesystem::path folder_;
    std::string name_;
    descriptor file_;
    buffer window_;
    std::uint64_t size_ = 0;
    bool finished_ = false;
};

} // namespace file_detail

blob_ptr
make_file_blob(const std::filesystem::path& folder, const std::string& name, std::uint64_t size) {
    return std::make_shared<file_detail::file_blob>(folder, name, size);
}

std::unique_ptr<blob_writer>
make_file_writer(const std::filesystem::path& folder, const std::string& name) {
    auto writer = std::make_unique<file_detail::file_writer>(folder, name);
    if (!writer->good()) return nullptr;
    return writer;
}

bool replace_file(
    const std::filesystem::path& scratch, const std::filesystem::path& to, std::string_view text
) {
    {
        file_detail::descriptor file(scratch, O_WRONLY | O_CREAT | O_TRUNC);
        const bool written =
            file.get() >= 0 && file_detail::write_all(file.get(), as_bytes(text)) && file.close();
        if (!written) return false;
    }
    return ::rename(scratch.c_str(), to.c_str()) == 0;
}

} // namespace sluice::sim
