import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('configuration_version')
export class ConfigurationVersionEntity {
  @PrimaryColumn('smallint')
  id!: number;

  @Column('bigint')
  version!: number;
}

@Entity('setting')
export class SettingEntity {
  @PrimaryColumn('text')
  key!: string;

  @Column('text')
  value!: string;
}

@Entity('resolver')
export class ResolverEntity {
  @PrimaryColumn('text')
  name!: string;

  @Column('text')
  type!: string;

  @Column('jsonb')
  parameters!: Record<string, string>;

  @Column('boolean')
  readonly!: boolean;
}

@Entity('realm_resolver')
export class RealmResolverEntity {
  @PrimaryColumn('text')
  realm!: string;

  @PrimaryColumn('text')
  resolver!: string;

  @Column('integer')
  position!: number;
}
