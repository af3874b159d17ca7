#include "bulk_entries.h"

#include <dirent.h>
#include <string.h>
#include <sys/attr.h>
#include <sys/types.h>
#include <unistd.h>

#include <initializer_list>

#include "system.h"

namespace platform {

namespace {

/** enum vtype of <sys/vnode.h>, as getattrlist(2) lists it under ATTR_CMN_OBJTYPE: index = VREG …, value = DT_*. */
constexpr uint32_t kTypeOfVnode[] = {DT_UNKNOWN, DT_REG, DT_DIR, DT_BLK, DT_CHR, DT_LNK, DT_SOCK, DT_FIFO};

/** The attributes asked for, in the order in which they are packed: first these two, then by their bit. */
constexpr attrgroup_t kWanted =
    ATTR_CMN_RETURNED_ATTRS | ATTR_CMN_ERROR | ATTR_CMN_NAME | ATTR_CMN_OBJTYPE | ATTR_CMN_FILEID;

/** Reads the fields of one record; nothing is aligned to more than 4 bytes. */
class Fields {
 public:
  Fields(const uint8_t* at, const uint8_t* end) : at_(at), end_(end) {}

  template <typename Field>
  bool take(Field* out) {
    if (static_cast<size_t>(end_ - at_) < sizeof(Field)) return false;
    ::memcpy(out, at_, sizeof(Field));
    at_ += sizeof(Field);
    return true;
  }
  const uint8_t* at() const { return at_; }

 private:
  const uint8_t* at_;
  const uint8_t* end_;
};

/** Finds the string of an attrreference_t, whose offset counts from the reference itself. */
bool nameOf(const uint8_t* reference, const attrreference_t& value, const uint8_t* begin, const uint8_t* end,
            BulkEntry* out) {
  const ptrdiff_t before = reference - begin;
  const ptrdiff_t after = end - reference;
  if (value.attr_dataoffset < -before || value.attr_dataoffset > after) return false;
  const char* text = reinterpret_cast<const char*>(reference + value.attr_dataoffset);
  const size_t room = static_cast<size_t>(after - value.attr_dataoffset);
  out->name = text;
  out->length = ::strnlen(text, value.attr_length < room ? value.attr_length : room);
  return out->length > 0;
}

bool parse(const uint8_t* record, const uint8_t* end, BulkEntry* out) {
  *out = BulkEntry{};
  Fields fields(record + sizeof(uint32_t), end);
  attribute_set_t returned;
  if (!fields.take(&returned)) return false;
  const attrgroup_t got = returned.commonattr;
  uint32_t error;
  // An entry whose attributes could not be had still has a name.
  if ((got & ATTR_CMN_ERROR) != 0 && !fields.take(&error)) return false;
  const uint8_t* const reference = fields.at();
  attrreference_t name;
  if ((got & ATTR_CMN_NAME) == 0 || !fields.take(&name) || !nameOf(reference, name, record, end, out)) return false;
  fsobj_type_t type;
  if ((got & ATTR_CMN_OBJTYPE) != 0 && fields.take(&type) && type < sizeof kTypeOfVnode / sizeof *kTypeOfVnode) {
    out->type = kTypeOfVnode[type];
  }
  if ((got & ATTR_CMN_FILEID) != 0) fields.take(&out->inode);
  return true;
}

}  // namespace

int readBulk(int fd, void* buffer, size_t size) {
  struct attrlist wanted {};
  wanted.bitmapcount = ATTR_BIT_MAP_COUNT;
  wanted.commonattr = kWanted;
  return retried([&] { return ::getattrlistbulk(fd, &wanted, buffer, size, 0); });
}

bool BulkCursor::next(BulkEntry* out) {
  while (left_ > 0) {
    --left_;
    uint32_t length;
    if (static_cast<size_t>(end_ - at_) < sizeof length) return false;
    ::memcpy(&length, at_, sizeof length);
    if (length < sizeof length || length > static_cast<size_t>(end_ - at_)) return false;
    const uint8_t* const record = at_;
    at_ += length;
    if (parse(record, at_, out)) return true;
  }
  return false;
}

}  // namespace platform
